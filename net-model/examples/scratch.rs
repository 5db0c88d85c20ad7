use std::hint::black_box;
use contract::{Kind, Seed, Span, Time};
use net_model::*;
fn cpu()->f64{ let s=std::fs::read_to_string("/proc/self/schedstat").unwrap(); s.split(' ').next().unwrap().parse::<f64>().unwrap() }
fn time(name:&str, mut f: impl FnMut(u64)->u64){ let n=1_000_000u64; let mut all=vec![]; for _ in 0..15 { let s=cpu(); let mut x=0; for i in 0..n { x^=f(i);} black_box(x); all.push((cpu()-s)/n as f64);} all.sort_by(f64::total_cmp); println!("{name}: min {:.1} median {:.1}",all[0],all[7]); }
fn main(){
 let key=Seed::from_number(1).key("a");
 let seeds=Seeds{world:Seed::from_number(1),noise:Seed::from_number(2)};
 time("draw",|i| key.draw(i,7)[0]);
 let expo=Profile::exponential(Span::from_millis(1),Span::from_millis(9));
 for burst in [false,true] { for (name,p) in [("expo",expo.clone()),("simblock",Profile::named("simblock-2019").unwrap()),("perfect",Profile::named("perfect").unwrap())] {
  for kind in [Kind::Datagram,Kind::Stream] {
  let mut net=Network::new(&p,10_000,vec![],seeds).unwrap();
  time(&format!("burst={burst} {name} {kind:?}"),|i| { let j= if burst {i/16} else {i}; let from=((j.wrapping_mul(0x9E3779B97F4A7C15))>>32)*10000>>32; let to=(from+(i&15)*37+1) as u32; let to= if to>=10000 {to-10000} else {to};
    match net.route(Time::from_nanos(i*1000),Parcel{from:from as u32,to,size:300,kind,tag:1,occurrence:i}) {Fate::Arrives(t)=>t.as_nanos(),_=>1} });
  }}}
}
