//! The whole program over HTTP, feature by feature; names of tests begin with the feature's id.

mod architecture;
mod community;
mod fuzz;
mod identity;
mod process;
