fn main(){ let b=degist::model::convert(std::path::Path::new(&std::env::args().nth(1).unwrap())).unwrap(); std::fs::write(std::env::args().nth(2).unwrap(),b).unwrap(); }
