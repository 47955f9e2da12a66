use degist::{hub, model::Model, decode::*};
fn main(){
  let a:Vec<String>=std::env::args().collect();
  let t=std::time::Instant::now();
  let files = if a[1]=="e" {hub::embedded()} else {hub::open(std::path::Path::new(&a[1])).unwrap()};
  let m=Model::load(&files).unwrap();
  eprintln!("load {:?}",t.elapsed());
  if a[2].ends_with(".jsonl") {
    let mut ok=0; let mut tok=0; let mut n=0;
    for l in std::fs::read_to_string(&a[2]).unwrap().lines(){ let v:serde_json::Value=serde_json::from_str(l).unwrap();
      let s=m.source.encode(v["source"].as_str().unwrap());
      let ids:Vec<u32>=serde_json::from_value(v["source_ids"].clone()).unwrap(); if s==ids {tok+=1}
      let tids:Vec<u32>=serde_json::from_value(v["target_ids"].clone()).unwrap();
      let h=decode(&*m.network,&[ids],DecodeOptions::default()).unwrap();
      n+=1; if h[0].ids==tids && m.target.decode(&h[0].ids)==v["target"] {ok+=1} else {eprintln!("{}\n{}",v["target"],m.target.decode(&h[0].ids))}
    } eprintln!("{ok} {tok} of {n}");
  } else {
    let text=std::fs::read_to_string(&a[2]).unwrap(); let n:usize=a[3].parse().unwrap(); let beam:usize=a[4].parse().unwrap();
    let src:Vec<Vec<u32>>=text.lines().take(n).map(|l|m.source.encode(l)).collect();
    let words:usize=text.lines().take(n).map(|l|l.split_whitespace().count()).sum();
    let t=std::time::Instant::now();
    let h=decode(&*m.network,&src,DecodeOptions{beam,guard:a.get(5).is_none(),length_penalty:a.get(6).map_or(1.0,|x|x.parse().unwrap()),..Default::default()}).unwrap();
    eprintln!("{} words in {:?}: {:.0} w/s; {:?}",words,t.elapsed(),words as f64/t.elapsed().as_secs_f64(), h.iter().filter(|h|h.finish!=Finish::Complete).map(|h|h.finish).collect::<Vec<_>>());
    for h in h {println!("{}",m.target.decode(&h.ids))}
  }
}
