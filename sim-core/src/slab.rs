//! Events in flight, in segments of fixed size: growth never moves or doubles them, and a freed slot is the next one
//! used, while it is still in the cache.

/// Slots in a segment.
const SEGMENT: usize = 1_024;
const NONE: u32 = u32::MAX;

#[derive(Clone)]
enum Slot<T> {
    Free { next: u32 },
    Used(T),
}

/// A store of values by number.
#[derive(Clone)]
pub struct Slab<T> {
    segments: Vec<Box<[Slot<T>; SEGMENT]>>,
    free: u32,
    len: usize,
}

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Slab { segments: Vec::new(), free: NONE, len: 0 }
    }
}

impl<T> Slab<T> {
    /// Stores a value and gives its number.
    #[inline]
    pub fn insert(&mut self, value: T) -> u32 {
        if self.free == NONE {
            self.grow();
        }
        let number = self.free;
        let slot = &mut self.segments[number as usize / SEGMENT][number as usize % SEGMENT];
        let Slot::Free { next } = *slot else { panic!("slot {number} is free and used") };
        *slot = Slot::Used(value);
        self.free = next;
        self.len += 1;
        number
    }

    #[cold]
    fn grow(&mut self) {
        let first = self.segments.len() * SEGMENT;
        assert!(first + SEGMENT < NONE as usize, "fewer than 2^32 events in flight");
        let after = |place: usize| if place + 1 < SEGMENT { (first + place + 1) as u32 } else { NONE };
        let segment: Box<[Slot<T>]> = (0..SEGMENT).map(|place| Slot::Free { next: after(place) }).collect();
        self.segments.push(segment.try_into().ok().expect("as many slots as a segment has"));
        self.free = first as u32;
    }

    /// Takes the value out, and frees its number.
    ///
    /// # Panics
    /// If there is none: the queue holds each number once.
    #[inline]
    pub fn take(&mut self, number: u32) -> T {
        let slot = &mut self.segments[number as usize / SEGMENT][number as usize % SEGMENT];
        let Slot::Used(value) = std::mem::replace(slot, Slot::Free { next: self.free }) else {
            panic!("event {number} was taken twice");
        };
        self.free = number;
        self.len -= 1;
        value
    }

    /// The value with this number.
    #[inline]
    pub fn get(&self, number: u32) -> Option<&T> {
        match &self.segments.get(number as usize / SEGMENT)?[number as usize % SEGMENT] {
            Slot::Used(value) => Some(value),
            Slot::Free { .. } => None,
        }
    }

    /// The value with this number, to change it.
    pub fn get_mut(&mut self, number: u32) -> Option<&mut T> {
        match &mut self.segments.get_mut(number as usize / SEGMENT)?[number as usize % SEGMENT] {
            Slot::Used(value) => Some(value),
            Slot::Free { .. } => None,
        }
    }

    /// How many values there are.
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Bytes of memory, without what values own elsewhere.
    pub fn memory_bytes(&self) -> usize {
        self.segments.len() * size_of::<[Slot<T>; SEGMENT]>() + self.segments.capacity() * size_of::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_reused_and_values_stay() {
        let mut slab = Slab::default();
        let numbers: Vec<u32> = (0..10_000u64).map(|value| slab.insert(value)).collect();
        for number in numbers.iter().step_by(2) {
            slab.take(*number);
        }
        for value in 0..5_000u64 {
            slab.insert(value);
        }
        assert_eq!(slab.len(), 10_000);
        assert_eq!(slab.segments.len(), 10);
        assert_eq!(slab.get(numbers[1]), Some(&1));
    }

    #[test]
    #[should_panic(expected = "taken twice")]
    fn a_number_cannot_be_taken_twice() {
        let mut slab = Slab::default();
        let number = slab.insert(1);
        slab.take(number);
        slab.take(number);
    }
}
