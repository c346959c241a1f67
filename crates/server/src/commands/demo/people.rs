//! The sample people and their plans.

/// Somebody in the sample community.
pub(super) struct Sample {
    /// Before the `@example.com` of the e-mail address.
    pub(super) mailbox: &'static str,
    /// How the others know them.
    pub(super) nickname: &'static str,
    /// What stands in their calendar.
    pub(super) plans: &'static [Plan],
}

/// An entry of a calendar. Days count from today, times are `HHMM` in Seoul.
pub(super) enum Plan {
    /// Once.
    Once { title: &'static str, days: i64, start: &'static str, end: &'static str },
    /// Again and again, by a rule of RFC 5545.
    Repeats { title: &'static str, start: &'static str, end: &'static str, rule: &'static str },
    /// All day, for so many days.
    Days { title: &'static str, days: i64, length: i64 },
}

impl Plan {
    pub(super) fn title(&self) -> &'static str {
        match self {
            Self::Once { title, .. } | Self::Repeats { title, .. } | Self::Days { title, .. } => title,
        }
    }
}

const fn once(title: &'static str, days: i64, start: &'static str, end: &'static str) -> Plan {
    Plan::Once { title, days, start, end }
}

const fn repeats(title: &'static str, start: &'static str, end: &'static str, rule: &'static str) -> Plan {
    Plan::Repeats { title, start, end, rule }
}

const fn days(title: &'static str, days: i64, length: i64) -> Plan {
    Plan::Days { title, days, length }
}

pub(super) const PEOPLE: &[Sample] = &[
    Sample {
        mailbox: "mina",
        nickname: "민아",
        plans: &[
            repeats("한강 아침 러닝", "0700", "0800", "FREQ=WEEKLY;BYDAY=TU,TH,SA"),
            repeats("동네 독서 모임", "1930", "2130", "FREQ=MONTHLY;BYDAY=1WE"),
            once("망원시장 장보기", 1, "1030", "1130"),
            days("강릉 여행", 12, 3),
        ],
    },
    Sample {
        mailbox: "jamie",
        nickname: "Jamie",
        plans: &[
            repeats("Stand-up", "0930", "0945", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"),
            repeats("Language exchange", "1900", "2100", "FREQ=WEEKLY;BYDAY=TH"),
            once("Dentist", 4, "1500", "1545"),
        ],
    },
    Sample {
        mailbox: "junho",
        nickname: "준호",
        plans: &[
            repeats("기타 연습", "2000", "2130", "FREQ=WEEKLY;INTERVAL=2;BYDAY=FR"),
            once("합주", 6, "1800", "2000"),
            days("동생 생일", 9, 1),
        ],
    },
    Sample {
        mailbox: "clara",
        nickname: "Clara",
        plans: &[
            repeats("Pottery class", "1400", "1600", "FREQ=WEEKLY;COUNT=10"),
            once("Kiln opening", 8, "1100", "1300"),
        ],
    },
    Sample {
        mailbox: "seoyeon",
        nickname: "서연",
        plans: &[
            repeats("요가", "0630", "0730", "FREQ=DAILY;BYDAY=MO,WE,FR"),
            once("전시회", 3, "1300", "1500"),
            once("친구 집들이", 5, "1800", "2200"),
        ],
    },
    Sample {
        mailbox: "noah",
        nickname: "Noah",
        plans: &[
            repeats("Football in the park", "1000", "1200", "FREQ=WEEKLY;BYDAY=SU"),
            repeats("Rent", "0900", "0915", "FREQ=MONTHLY;BYMONTHDAY=-1"),
        ],
    },
    Sample {
        mailbox: "haneul",
        nickname: "하늘",
        plans: &[
            repeats("텃밭 물주기", "1800", "1830", "FREQ=DAILY;INTERVAL=2"),
            once("김장", 7, "0900", "1700"),
        ],
    },
    Sample {
        mailbox: "olive",
        nickname: "Olive",
        plans: &[once("Board games night", 2, "1900", "2300"), days("Jeju", 20, 4)],
    },
];
