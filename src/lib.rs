//! degist
#![allow(missing_docs)]
pub mod model;
pub mod hub;
pub mod decode;
pub mod translate;
pub mod segment {
    use std::ops::Range;
    pub fn sentences(t:&str)->Vec<Range<usize>>{ let mut v=vec![]; let mut s=0; for (i,_) in t.match_indices(". "){ v.push(s..i+2); s=i+2;} if s<t.len(){v.push(s..t.len());} v}
    pub fn clauses(t:&str,_f:&dyn Fn(&str)->bool)->Vec<Range<usize>>{ vec![0..t.len()] }
}
