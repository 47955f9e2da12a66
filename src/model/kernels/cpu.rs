//! The vector instructions of this CPU, and functions compiled once for each kind of them.
//!
//! All kinds give the same bits: integer sums are exact, and sums of f32 go over [`LANES`] lanes in one order, with no
//! fused multiplication and addition. They differ in speed only.
#![allow(unsafe_code)]

use std::fmt;
use std::sync::LazyLock;

/// Values that are summed side by side, on every CPU.
pub const LANES: usize = 16;

/// A set of vector instructions that this CPU has. Only detection makes one, so whoever holds it may run functions that
/// are compiled for it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cpu(Kind);

/// The sets of vector instructions that there are kernels for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// Plain Rust, for any CPU.
    Portable,
    /// x86 since 2013.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// AVX2 with 8-bit dot products: Intel since 2021, AMD since 2024.
    #[cfg(target_arch = "x86_64")]
    AvxVnni,
    /// AVX-512 with 8-bit dot products: Intel servers since 2019, AMD since 2022.
    #[cfg(target_arch = "x86_64")]
    Avx512Vnni,
}

impl Cpu {
    /// The fastest that this CPU has; `DEGIST_CPU` names a slower one, to see that it gives the same.
    pub fn detect() -> Self {
        static DETECTED: LazyLock<Cpu> = LazyLock::new(|| {
            let available = Cpu::available();
            let asked = std::env::var("DEGIST_CPU").unwrap_or_default();
            let named = available.iter().find(|cpu| cpu.name() == asked);
            *named.or(available.last()).unwrap_or(&Cpu(Kind::Portable))
        });
        *DETECTED
    }

    /// All that this CPU has, slowest first.
    pub fn available() -> Vec<Self> {
        #[allow(unused_mut)]
        let mut available = vec![Kind::Portable];
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx2") {
                available.push(Kind::Avx2);
                if is_x86_feature_detected!("avxvnni") {
                    available.push(Kind::AvxVnni);
                }
            }
            if is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512dq")
                && is_x86_feature_detected!("avx512vl")
                && is_x86_feature_detected!("avx512vnni")
            {
                available.push(Kind::Avx512Vnni);
            }
        }
        available.into_iter().map(Self).collect()
    }

    /// The set of instructions.
    pub(crate) fn kind(self) -> Kind {
        self.0
    }

    /// Its name in `DEGIST_CPU`.
    pub fn name(self) -> &'static str {
        match self.0 {
            Kind::Portable => "portable",
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2 => "avx2",
            #[cfg(target_arch = "x86_64")]
            Kind::AvxVnni => "avx-vnni",
            #[cfg(target_arch = "x86_64")]
            Kind::Avx512Vnni => "avx512-vnni",
        }
    }
}

impl fmt::Debug for Cpu {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Defines a function that is compiled for each kind of [`Cpu`] and takes one as its first argument. What it calls must
/// be `#[inline(always)]` to be compiled with it.
macro_rules! for_each_cpu {
    ($(#[$attribute:meta])* $visibility:vis fn $name:ident($($argument:ident: $type:ty),* $(,)?) $(-> $result:ty)? $body:block) => {
        $(#[$attribute])*
        #[allow(unsafe_code, clippy::too_many_arguments)]
        $visibility fn $name(cpu: $crate::model::kernels::cpu::Cpu, $($argument: $type),*) $(-> $result)? {
            #[inline(always)]
            fn body($($argument: $type),*) $(-> $result)? $body
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2")]
            fn avx2($($argument: $type),*) $(-> $result)? {
                body($($argument),*)
            }
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
            fn avx512($($argument: $type),*) $(-> $result)? {
                body($($argument),*)
            }
            #[cfg(target_arch = "x86_64")]
            use $crate::model::kernels::cpu::Kind;
            match cpu.kind() {
                // SAFETY: only `Cpu::available` makes a `Cpu`, and it saw the features that this function is compiled for.
                #[cfg(target_arch = "x86_64")]
                Kind::Avx512Vnni => unsafe { avx512($($argument),*) },
                // SAFETY: as above.
                #[cfg(target_arch = "x86_64")]
                Kind::AvxVnni | Kind::Avx2 => unsafe { avx2($($argument),*) },
                _ => body($($argument),*),
            }
        }
    };
}
pub(crate) use for_each_cpu;
