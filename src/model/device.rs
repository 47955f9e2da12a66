//! Devices that networks run on.

use std::fmt;
use std::str::FromStr;

use candle_core::Device as CandleDevice;

/// A device that networks run on, as `--device` names it.
///
/// The project's own kernels serve the CPU: 8-bit weights, and the same result to the last bit on every machine. All else
/// is candle's tensors in f32 ([`tensors`](super::tensors)): on a GPU in programs built for it, with the features `cuda`
/// or `metal`, and on the CPU with BLAS, with the features `accelerate` or `mkl`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Device {
    /// A GPU if the program was built for one and there is one, else [`Device::Cpu`].
    #[default]
    Auto,
    /// The project's own kernels.
    Cpu,
    /// candle's tensors on the CPU.
    Candle,
    /// candle's tensors on this NVIDIA GPU.
    Cuda(usize),
    /// candle's tensors on an Apple GPU.
    Metal,
}

impl FromStr for Device {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let number = |digits: &str| digits.parse().ok().filter(|_| !digits.starts_with('+'));
        match name {
            "auto" => Ok(Self::Auto),
            "cpu" => Ok(Self::Cpu),
            "candle" => Ok(Self::Candle),
            "cuda" => Ok(Self::Cuda(0)),
            "metal" => Ok(Self::Metal),
            _ => (name.strip_prefix("cuda:").and_then(number))
                .map(Self::Cuda)
                .ok_or_else(|| "it is none of auto, cpu, candle, cuda:N and metal".into()),
        }
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Cpu => f.write_str("cpu"),
            Self::Candle => f.write_str("candle"),
            Self::Cuda(number) => write!(f, "cuda:{number}"),
            Self::Metal => f.write_str("metal"),
        }
    }
}

impl Device {
    /// The device for candle's tensors; none for the project's own kernels.
    ///
    /// # Errors
    /// When the program was not built for the device, or the machine has none.
    pub(super) fn open(self) -> Result<Option<CandleDevice>, String> {
        let (built, feature) = match self {
            Self::Cuda(_) => (cfg!(feature = "cuda"), "cuda"),
            Self::Metal => (cfg!(feature = "metal"), "metal"),
            _ => (true, ""),
        };
        if !built {
            return Err(format!(
                "this program was built without it; `cargo install --path . --features {feature}` builds one that has it"
            ));
        }
        let opened = match self {
            Self::Auto => {
                let gpu = [
                    cfg!(feature = "cuda").then_some(Self::Cuda(0)),
                    cfg!(feature = "metal").then_some(Self::Metal),
                ];
                let mut found = gpu.into_iter().flatten().map(Self::open);
                return Ok(found.find_map(Result::ok).flatten());
            }
            Self::Cpu => return Ok(None),
            Self::Candle => Ok(CandleDevice::Cpu),
            Self::Cuda(number) => CandleDevice::new_cuda(number),
            Self::Metal => CandleDevice::new_metal(0),
        };
        opened
            .map(Some)
            .map_err(|error| super::error::message(&error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for name in ["auto", "cpu", "candle", "cuda:0", "cuda:3", "metal"] {
            assert_eq!(name.parse::<Device>().unwrap().to_string(), name);
        }
        assert_eq!("cuda".parse(), Ok(Device::Cuda(0)));
        for name in [
            "", "gpu", "CUDA", "cuda:", "cuda:x", "cuda:-1", "cuda:+1", "metal:0",
        ] {
            assert!(name.parse::<Device>().is_err(), "{name}");
        }
    }

    #[test]
    fn what_was_not_built_in_is_said() {
        assert!(Device::Cpu.open().unwrap().is_none());
        assert!(Device::Candle.open().unwrap().is_some());
        #[cfg(not(feature = "cuda"))]
        assert!(
            Device::Cuda(0)
                .open()
                .unwrap_err()
                .contains("--features cuda")
        );
        #[cfg(not(feature = "metal"))]
        assert!(
            Device::Metal
                .open()
                .unwrap_err()
                .contains("--features metal")
        );
    }
}
