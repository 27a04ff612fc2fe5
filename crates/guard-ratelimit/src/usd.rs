//! Money: whole millionths of a dollar.

use std::fmt;

/// An amount of US dollars in whole millionths, between zero and [`Usd::MAX`]; nothing is ever rounded in silence.
///
/// ```
/// # use guard_ratelimit::Usd;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let price = Usd::parse("0.50")?;
/// assert_eq!(price.micros(), 500_000);
/// assert_eq!(price.to_string(), "0.50 USD");
/// assert_eq!(format!("{price:#}"), "0.50");
/// assert_eq!(Usd::parse_rounding_up("1.2e-7")?, Usd::parse("0.000001")?);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Usd(u64);

/// Why a text is not an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UsdError {
    /// Not a plain decimal number without a sign, such as `12` or `0.50`.
    #[error("not a plain decimal amount")]
    Malformed,
    /// More than six decimals.
    #[error("more than six decimals")]
    TooPrecise,
    /// Above [`Usd::MAX`].
    #[error("the amount is too large")]
    TooLarge,
}

impl UsdError {
    /// The stable kebab-case name of this error.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Malformed => "usd-malformed",
            Self::TooPrecise => "usd-too-precise",
            Self::TooLarge => "usd-too-large",
        }
    }
}

const MICROS: u64 = 1_000_000;
const DECIMALS: i32 = 6;
/// No amount needs a longer text; the longest that JavaScript prints for a number has 24 characters.
const LONGEST: usize = 64;

impl Usd {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// The most that fits into a signed 64-bit number of millionths, a little over nine trillion dollars.
    pub const MAX: Self = Self(i64::MAX as u64);

    /// That many millionths of a dollar, up to [`Usd::MAX`].
    #[must_use]
    pub const fn from_micros(micros: u64) -> Option<Self> {
        if micros <= Self::MAX.0 { Some(Self(micros)) } else { None }
    }

    /// How many millionths of a dollar.
    #[must_use]
    pub const fn micros(self) -> u64 {
        self.0
    }

    /// Reads an exact amount: digits, and at most six more after a point.
    ///
    /// # Errors
    ///
    /// Refuses signs, exponents, spaces, separators, anything that is not a number, more than six decimals and what
    /// is above [`Usd::MAX`].
    pub fn parse(text: &str) -> Result<Self, UsdError> {
        let number = Decimal::parse(text)?;
        if number.has_exponent {
            return Err(UsdError::Malformed);
        }
        if number.decimals > DECIMALS {
            return Err(UsdError::TooPrecise);
        }
        number.micros_rounding_up()
    }

    /// Reads a figure of a provider, who computes with floating point: a JSON number, where an exponent is allowed,
    /// rounded up to the next millionth.
    ///
    /// # Errors
    ///
    /// Refuses negative numbers, what is not a JSON number, and what is above [`Usd::MAX`].
    pub fn parse_rounding_up(text: &str) -> Result<Self, UsdError> {
        Decimal::parse(text)?.micros_rounding_up()
    }

    /// The sum, unless it is above [`Usd::MAX`].
    #[must_use]
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        match self.0.checked_add(other.0) {
            Some(micros) => Self::from_micros(micros),
            None => None,
        }
    }

    /// The difference, unless it is below zero.
    #[must_use]
    pub const fn checked_sub(self, other: Self) -> Option<Self> {
        match self.0.checked_sub(other.0) {
            Some(micros) => Some(Self(micros)),
            None => None,
        }
    }

    /// The sum, or [`Usd::MAX`].
    #[must_use]
    pub const fn saturating_add(self, other: Self) -> Self {
        match self.checked_add(other) {
            Some(sum) => sum,
            None => Self::MAX,
        }
    }

    /// The difference, or zero.
    #[must_use]
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

/// `0.50 USD`; with `{:#}` the number alone. At least two decimals, and no more than needed.
impl fmt::Display for Usd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mut fraction, mut width) = (self.0 % MICROS, 6);
        while width > 2 && fraction.is_multiple_of(10) {
            fraction /= 10;
            width -= 1;
        }
        write!(f, "{}.{fraction:0width$}", self.0 / MICROS)?;
        if f.alternate() { Ok(()) } else { f.write_str(" USD") }
    }
}

/// The parts of a decimal number without a sign.
struct Decimal<'a> {
    whole: &'a str,
    fraction: &'a str,
    decimals: i32,
    exponent: i32,
    has_exponent: bool,
}

impl<'a> Decimal<'a> {
    fn parse(text: &'a str) -> Result<Self, UsdError> {
        let malformed = UsdError::Malformed;
        if text.len() > LONGEST {
            return Err(malformed);
        }
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, Some(exponent)),
            None => (text, None),
        };
        let (whole, fraction) = match mantissa.split_once('.') {
            Some((_, "")) => return Err(malformed),
            Some(parts) => parts,
            None => (mantissa, ""),
        };
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !digits(whole) || !digits(fraction) {
            return Err(malformed);
        }
        let power = match exponent {
            None => 0,
            Some(text) => {
                let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
                if unsigned.is_empty() || unsigned.len() > 4 || !digits(unsigned) {
                    return Err(malformed);
                }
                text.parse::<i32>().map_err(|_| malformed)?
            }
        };
        let decimals = i32::try_from(fraction.len()).map_err(|_| malformed)?;
        Ok(Self { whole, fraction, decimals, exponent: power, has_exponent: exponent.is_some() })
    }

    /// Walks the digits once: those before the sixth decimal count, any other that is not zero rounds up.
    fn micros_rounding_up(&self) -> Result<Usd, UsdError> {
        // How many of all digits lie before the sixth decimal; the rest is behind it.
        let mut left =
            i64::try_from(self.whole.len()).unwrap_or(i64::MAX) + i64::from(self.exponent + DECIMALS);
        let (mut micros, mut up) = (0_u64, false);
        let shift = |micros: u64, digit: u64| {
            micros.checked_mul(10).and_then(|micros| micros.checked_add(digit)).ok_or(UsdError::TooLarge)
        };
        for digit in self.whole.bytes().chain(self.fraction.bytes()) {
            if left > 0 {
                micros = shift(micros, u64::from(digit - b'0'))?;
            } else {
                up |= digit != b'0';
            }
            left -= 1;
        }
        // What is missing up to the sixth decimal is zeros; zero itself stays zero however many there are.
        while left > 0 && micros > 0 {
            micros = shift(micros, 0)?;
            left -= 1;
        }
        micros.checked_add(u64::from(up)).and_then(Usd::from_micros).ok_or(UsdError::TooLarge)
    }
}
