//! Whose a proven phone number is.

use crate::Step;

/// One account for each number. Of accounts that share one from before, whoever proved it first keeps it.
pub(crate) const STEP: Step = Step {
    name: "m20261121_000101_identity_phones",
    sql: &[
        // A table of its own, so that a number can be claimed without an error.
        "CREATE TABLE proven_phones (
            phone text PRIMARY KEY,
            user_id uuid NOT NULL UNIQUE REFERENCES users (id) ON DELETE CASCADE
        )",
        "INSERT INTO proven_phones (phone, user_id)
         SELECT phone, user_id FROM (
            SELECT phone, user_id,
                   row_number() OVER (PARTITION BY phone ORDER BY phone_verified_at, user_id) AS place
            FROM user_info WHERE phone IS NOT NULL AND phone_verified_at IS NOT NULL
         ) AS owners WHERE place = 1",
        "UPDATE user_info SET phone_verified_at = NULL
         WHERE phone_verified_at IS NOT NULL AND user_id NOT IN (SELECT user_id FROM proven_phones)",
    ],
    postgres: &[],
};
