//! Accounts and sessions in SQL, and the cryptography behind them.
