//! A listener with room for so many connections, of which an idle one makes way for a new one.
//!
//! A connection works from the head of a request to its answer; otherwise it is idle. One that is idle for [`IDLE`] is closed, also if
//! it has sent half a head. When there is no room for a new one, the one that has been idle for longest is closed. So whoever only
//! keeps connections open keeps nobody out. Those that follow events are never idle; they have a bound of their own.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Sleep, sleep};

/// How long a connection may be idle.
const IDLE: Duration = Duration::from_secs(30);
/// The time between two looks for an idle connection if all work.
const PAUSE: Duration = Duration::from_millis(50);

/// The listener.
pub(crate) struct Held<L> {
    inner: L,
    room: Arc<Semaphore>,
    followers: Arc<Semaphore>,
    callers: Vec<Weak<Shared>>,
}

/// A connection, as those who serve it see it.
#[derive(Clone, Debug)]
pub(crate) struct Caller(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    followers: Arc<Semaphore>,
}

#[derive(Debug)]
struct State {
    /// Requests that are being answered, and streams of events.
    work: u32,
    /// Since when there is no work, or bytes went out last.
    idle_since: Instant,
    /// It has to make way.
    closed: bool,
    waker: Option<Waker>,
}

/// A connection that takes up room until it is dropped.
pub(crate) struct Connection<S> {
    inner: S,
    caller: Caller,
    timer: Pin<Box<Sleep>>,
    _room: Option<OwnedSemaphorePermit>,
}

/// Work of a connection, while it lasts.
pub(crate) struct Working {
    caller: Caller,
    following: Option<OwnedSemaphorePermit>,
}

impl<L> Held<L> {
    /// A listener with room for so many connections, of which so many may follow events.
    pub(crate) fn new(inner: L, connections: usize, followers: usize) -> Held<L> {
        let [room, followers] = [connections, followers].map(|permits| Arc::new(Semaphore::new(permits)));
        Held { inner, room, followers, callers: Vec::new() }
    }

    /// Room for one more connection, at the cost of the one that is idle for longest if there is no other.
    async fn room(&mut self) -> Option<OwnedSemaphorePermit> {
        loop {
            if let Ok(permit) = self.room.clone().try_acquire_owned() {
                return Some(permit);
            }
            self.callers.retain(|caller| caller.strong_count() > 0);
            let callers = self.callers.iter().filter_map(Weak::upgrade).map(Caller);
            let idle = callers.filter_map(|caller| Some((caller.idle_since()?, caller)));
            if let Some((_, caller)) = idle.min_by_key(|(since, _)| *since) {
                caller.close();
            }
            // Somebody closes by himself, or the one that was told to has.
            if let Ok(permit) = tokio::time::timeout(PAUSE, self.room.clone().acquire_owned()).await {
                // The semaphore is never closed.
                return permit.ok();
            }
        }
    }
}

impl<L: Listener> Listener for Held<L> {
    type Io = Connection<L::Io>;
    type Addr = L::Addr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let (inner, address) = self.inner.accept().await;
        let room = self.room().await;
        let caller = Caller::new(self.followers.clone());
        self.callers.push(Arc::downgrade(&caller.0));
        (Connection { inner, caller, timer: Box::pin(sleep(IDLE)), _room: room }, address)
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.inner.local_addr()
    }
}

impl<L: Listener> Connected<IncomingStream<'_, Held<L>>> for Caller {
    fn connect_info(stream: IncomingStream<'_, Held<L>>) -> Caller {
        stream.io().caller.clone()
    }
}

impl Caller {
    fn new(followers: Arc<Semaphore>) -> Caller {
        let state = State { work: 0, idle_since: Instant::now(), closed: false, waker: None };
        Caller(Arc::new(Shared { state: Mutex::new(state), followers }))
    }

    fn with<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.0.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The connection works until what is returned is dropped.
    pub(crate) fn work(self) -> Working {
        self.with(|state| state.work += 1);
        Working { caller: self, following: None }
    }

    /// The same, if there is room for one more who follows events.
    pub(crate) fn follow(self) -> Option<Working> {
        let following = self.0.followers.clone().try_acquire_owned().ok()?;
        let mut work = self.work();
        work.following = Some(following);
        Some(work)
    }

    /// Since when the connection is idle, if it is and has not been told to close.
    fn idle_since(&self) -> Option<Instant> {
        self.with(|state| (state.work == 0 && !state.closed).then_some(state.idle_since))
    }

    fn close(&self) {
        let waker = self.with(|state| {
            state.closed = true;
            state.waker.take()
        });
        waker.into_iter().for_each(Waker::wake);
    }

    /// Whether the connection is told to close. If not, the task is woken when it is.
    fn is_closed(&self, cx: &Context<'_>) -> bool {
        self.with(|state| {
            state.waker = Some(cx.waker().clone());
            state.closed
        })
    }
}

impl Drop for Working {
    fn drop(&mut self) {
        drop(self.following.take());
        self.caller.with(|state| {
            state.work -= 1;
            state.idle_since = Instant::now();
            // Its patience begins anew.
            state.waker.take().into_iter().for_each(Waker::wake);
        });
    }
}

impl<S> Connection<S> {
    /// Whether the connection has been idle for too long. If not, the task is woken when it may be.
    fn is_stale(&mut self, cx: &mut Context<'_>) -> bool {
        while let Some(since) = self.caller.idle_since() {
            let until = since + IDLE;
            if Instant::now() >= until {
                return true;
            }
            self.timer.as_mut().reset(until.into());
            if self.timer.as_mut().poll(cx).is_pending() {
                return false;
            }
        }
        false
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Connection<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.caller.is_closed(cx) {
            return Poll::Ready(Ok(()));
        }
        match Pin::new(&mut self.inner).poll_read(cx, buffer) {
            Poll::Pending if self.is_stale(cx) => {
                self.caller.close();
                Poll::Ready(Ok(()))
            }
            read => read,
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Connection<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if self.caller.is_closed(cx) {
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        let written = Pin::new(&mut self.inner).poll_write(cx, bytes);
        if matches!(written, Poll::Ready(Ok(taken)) if taken > 0) {
            self.caller.with(|state| state.idle_since = Instant::now());
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}
