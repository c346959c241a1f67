//! Codes, as JSON.

use madang_domain::identity::{Email, Phone, challenge::OneTimeCode};
use poem_openapi::{Object, types::Password};
use serde::Serialize;

use crate::http::Field;

/// An address to prove.
#[derive(Debug, Object)]
pub struct EmailToVerify {
    /// Where the code goes.
    pub email: Field<Email>,
}

/// A code that came by mail.
#[derive(Debug, Object)]
pub struct EmailCode {
    /// Where the code went.
    pub email: Field<Email>,
    /// Six digits.
    pub code: Field<OneTimeCode>,
}

/// The proof that an address is one's own.
#[derive(Debug, Object, Serialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub struct EmailProof {
    /// For signing up with that address, once, within half an hour.
    pub email_verification_token: String,
}

/// A phone to prove.
#[derive(Debug, Object)]
pub struct PhoneToVerify {
    /// E.164; where the code goes.
    pub phone: Field<Phone>,
}

/// A code that came by text message.
#[derive(Debug, Object)]
pub struct PhoneCode {
    /// E.164; where the code went.
    pub phone: Field<Phone>,
    /// Six digits.
    pub code: Field<OneTimeCode>,
}

/// Somebody who forgot the password.
#[derive(Debug, Object)]
pub struct ResetRequest {
    /// The address of the account.
    pub email: Field<Email>,
}

/// A new password, and the code that allows it.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct PasswordReset {
    /// The address of the account.
    pub email: Field<Email>,
    /// Six digits.
    pub code: Field<OneTimeCode>,
    /// The password from now on.
    pub new_password: Password,
}
