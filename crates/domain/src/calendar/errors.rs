//! Why the calendar refuses.

crate::codes! {
    END_BEFORE_START = Invalid "calendar.end_before_start"
        "The end is before the start." / "Send an end that is not before the start."
        "끝이 시작보다 앞섭니다." / "시작과 같거나 그 뒤인 끝을 보내 주세요.";
    MIXED_TIME_KINDS = Invalid "calendar.mixed_time_kinds"
        "Start and end are of different kinds." / "Use `date` for both, or `dateTime` for both."
        "시작과 끝의 종류가 다릅니다." / "둘 다 `date`로, 또는 둘 다 `dateTime`으로 보내 주세요.";
    INVALID_TIME = Invalid "calendar.invalid_time"
        "This is not a date or a time." / "Send either `date` as YYYY-MM-DD, or `dateTime` with an optional `timeZone`."
        "날짜나 시각이 아닙니다." / "`date`(YYYY-MM-DD)나 `dateTime`(+선택 `timeZone`) 가운데 하나를 보내 주세요.";
    DATE_REQUIRED = Invalid "calendar.date_required"
        "A task without a date has no rhythm, no seats and no zone." / "Send a `start` or an `end` with it; before a date is taken away, take away these and let nobody have a seat."
        "날짜 없는 할 일에는 반복도 자리도 시간대도 없습니다." / "`start`나 `end`를 함께 보내 주세요. 날짜를 없애려면 먼저 반복과 자리를 없애 주세요.";
    UNKNOWN_TIME_ZONE = Invalid "calendar.unknown_time_zone"
        "This time zone is not known." / "Use an IANA name such as Asia/Seoul."
        "알 수 없는 시간대입니다." / "Asia/Seoul 같은 IANA 이름을 써 주세요.";
    INVALID_RECURRENCE = Invalid "calendar.invalid_recurrence"
        "This recurrence line cannot be understood." / "Send RRULE, RDATE or EXDATE as in RFC 5545: {reason}."
        "반복 규칙을 이해할 수 없습니다." / "RFC 5545의 RRULE, RDATE, EXDATE 형식으로 보내 주세요: {reason}.";
    UNSUPPORTED_RECURRENCE = Invalid "calendar.unsupported_recurrence"
        "This recurrence is not supported yet." / "Use the Gregorian parts of RFC 5545: {reason}."
        "아직 지원하지 않는 반복 규칙입니다." / "RFC 5545의 그레고리력 규칙을 써 주세요: {reason}.";
    RECURRENCE_TOO_DENSE = Invalid "calendar.recurrence_too_dense"
        "This repeats too often to be kept." / "Use a COUNT of at most {count}, and at most {max} occurrences in 400 days."
        "너무 자주 반복됩니다." / "COUNT는 {count} 이하, 400일 동안 {max}번 이하로 줄여 주세요.";
    UNKNOWN_LAYER = Invalid "calendar.unknown_layer"
        "There is no layer `{layer}`." / "Ask for some of: {known}."
        "`{layer}`라는 레이어는 없습니다." / "다음 가운데에서 골라 주세요: {known}.";
    INVALID_HOURS = Invalid "calendar.invalid_hours"
        "These are not hours of a day." / "Send `start` and `end` as HH:MM, the end after the start; 24:00 ends the day."
        "하루 안의 시간대가 아닙니다." / "`start`와 `end`를 HH:MM으로, 끝을 시작보다 뒤로 보내 주세요. 24:00은 하루의 끝입니다.";
    INVALID_COLOR = Invalid "calendar.invalid_color"
        "This is not a colour." / "Use the form #RRGGBB."
        "색이 아닙니다." / "#RRGGBB 형식으로 보내 주세요.";
    RANGE_TOO_LONG = Invalid "calendar.range_too_long"
        "The range is too long." / "Ask for at most {days} days at a time."
        "조회 범위가 너무 깁니다." / "한 번에 {days}일 이하로 조회해 주세요.";
    RANGE_REVERSED = Invalid "calendar.range_reversed"
        "The range ends before it begins." / "Send a `to` that is after `from`."
        "조회 범위의 끝이 시작보다 앞섭니다." / "`from`보다 뒤인 `to`를 보내 주세요.";
    DEFAULT_CALENDAR_KEPT = Conflict "calendar.default_calendar_kept"
        "The default calendar cannot be deleted." / "Delete its events instead."
        "기본 캘린더는 지울 수 없습니다." / "대신 일정을 지워 주세요.";
    LAST_OWNER = Conflict "calendar.last_owner"
        "A calendar keeps an owner." / "Make somebody else an owner first; nobody leaves their own default calendar."
        "캘린더에는 소유자가 있어야 합니다." / "먼저 다른 사람을 소유자로 지정해 주세요. 자기 기본 캘린더에서는 나갈 수 없습니다.";
    TOO_MANY_MEMBERS = Conflict "calendar.too_many_members"
        "The calendar has as many members as it may." / "Take somebody out first; at most {max} people share a calendar."
        "캘린더를 함께 쓰는 사람이 너무 많습니다." / "먼저 다른 사람을 내보내 주세요. 최대 {max}명까지 함께 쓸 수 있습니다.";
    TOO_MANY_SHARE_LINKS = Conflict "calendar.too_many_share_links"
        "The calendar has as many share links as it may." / "Delete one first; a calendar has at most {max}."
        "공유 링크가 너무 많습니다." / "먼저 링크를 지워 주세요. 캘린더마다 최대 {max}개입니다.";
    NOT_A_TASK = Invalid "calendar.not_a_task"
        "Only tasks can be completed." / "Use this with an event of kind `task`."
        "할 일만 완료할 수 있습니다." / "종류가 `task`인 일정에 써 주세요.";
    NOT_OPEN = Conflict "calendar.not_open"
        "This event has no seats to take." / "Join an event that has a capacity, or answer your invitation instead."
        "참여 자리가 없는 일정입니다." / "정원이 있는 일정에 참여하거나, 받은 초대에 응답해 주세요.";
    EVENT_CANCELLED = Conflict "calendar.event_cancelled"
        "This event does not take place." / "Choose another event or another occurrence."
        "취소된 일정입니다." / "다른 일정이나 다른 회차를 골라 주세요.";
    EVENT_OVER = Conflict "calendar.event_over"
        "This event is over." / "Choose another event or a later occurrence."
        "이미 끝난 일정입니다." / "다른 일정이나 나중 회차를 골라 주세요.";
    NOT_INVITED = Forbidden "calendar.not_invited"
        "You are not invited to this event." / "Only who is invited can answer."
        "초대받지 않은 일정입니다." / "초대받은 사람만 응답할 수 있습니다.";
    ORGANIZER_INVITED = Conflict "calendar.organizer_invited"
        "Whoever organizes an event takes part in it." / "Invite somebody else."
        "일정을 여는 사람은 이미 참여하고 있습니다." / "다른 사람을 초대해 주세요.";
    TOO_MANY_PARTICIPANTS = Conflict "calendar.too_many_participants"
        "The event has as many invitations as it may." / "Invite at most {max} people, or open it with a capacity."
        "초대할 수 있는 인원을 넘었습니다." / "{max}명 이하로 초대하거나, 정원을 두어 참여를 열어 주세요.";
    OCCURRENCE_REQUIRED = Invalid "calendar.occurrence_required"
        "This event repeats, and it is not said which occurrence is meant." / "Send the `occurrence` of an item of the range list."
        "반복되는 일정인데 어느 회차인지 알 수 없습니다." / "범위 조회에서 받은 `occurrence` 값을 보내 주세요.";
    UNKNOWN_OCCURRENCE = Invalid "calendar.unknown_occurrence"
        "The event has no such occurrence." / "Send the `occurrence` of an item of the range list."
        "그런 회차가 없습니다." / "범위 조회에서 받은 `occurrence` 값을 보내 주세요.";
    NOT_OF_ONE_OCCURRENCE = Invalid "calendar.not_of_one_occurrence"
        "One occurrence cannot differ in this." / "Change it with scope `following` or `all`."
        "한 회차만 따로 바꿀 수 없는 항목입니다." / "scope를 `following`이나 `all`로 보내 주세요.";
    CANNOT_SPLIT = Invalid "calendar.cannot_split"
        "This series cannot be split at this occurrence." / "It follows several rules at once; change all of it, or one occurrence."
        "이 회차에서 나눌 수 없는 반복 일정입니다." / "여러 규칙이 겹쳐 있습니다. 전체를 바꾸거나 한 회차만 바꿔 주세요.";
    SYNC_TOKEN_STALE = Gone "calendar.sync_token_stale"
        "This sync token is no longer usable." / "Start again without a token, and replace what you have."
        "더 이상 쓸 수 없는 동기화 토큰입니다." / "토큰 없이 처음부터 다시 받아 주세요.";
    UNREADABLE_FILE = Invalid "calendar.unreadable_file"
        "This is not an iCalendar file." / "Send a file that begins with BEGIN:VCALENDAR, as UTF-8."
        "iCalendar 파일이 아닙니다." / "BEGIN:VCALENDAR로 시작하는 UTF-8 파일을 보내 주세요.";
    TOO_MANY_COMPONENTS = Invalid "calendar.too_many_components"
        "The file holds too many entries." / "Split it into files of at most {max} entries."
        "파일에 항목이 너무 많습니다." / "{max}개 이하로 나누어 보내 주세요.";
    TOO_MANY_OCCURRENCES = Invalid "calendar.too_many_occurrences"
        "The series of the file have too many occurrences." / "Split it into files of at most {max} occurrences in three years."
        "파일의 반복 일정에 일시가 너무 많습니다." / "3년 동안 {max}회 이하가 되도록 나누어 보내 주세요.";
    TOO_MANY_CALENDARS = Conflict "calendar.too_many_calendars"
        "You have as many calendars as you may." / "Delete one of your calendars first."
        "만들 수 있는 캘린더 수를 넘었습니다." / "먼저 캘린더 하나를 지워 주세요.";
}
