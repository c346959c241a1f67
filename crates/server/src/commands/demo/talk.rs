//! What the sample people say to each other.

use madang_domain::community::Visibility;

/// One post.
pub(super) struct Line {
    /// The number of the author in the list of people.
    pub(super) by: usize,
    /// The headline.
    pub(super) title: Option<&'static str>,
    /// The text.
    pub(super) text: &'static str,
    /// How far it reaches; a reply reaches as far as its thread.
    pub(super) visibility: Visibility,
    /// The number of the line it answers.
    pub(super) answers: Option<usize>,
    /// The day it is put on, counted from today.
    pub(super) in_days: Option<i64>,
}

const fn says(by: usize, text: &'static str) -> Line {
    Line { by, title: None, text, visibility: Visibility::Public, answers: None, in_days: None }
}

const fn answers(by: usize, line: usize, text: &'static str) -> Line {
    Line { answers: Some(line), ..says(by, text) }
}

const fn announces(by: usize, title: &'static str, in_days: i64, text: &'static str) -> Line {
    Line { title: Some(title), in_days: Some(in_days), ..says(by, text) }
}

const fn tells_friends(by: usize, text: &'static str) -> Line {
    Line { visibility: Visibility::Friends, ..says(by, text) }
}

pub(super) const LINES: &[Line] = &[
    announces(
        0,
        "토요일 아침 러닝",
        2,
        "이번 토요일 7시, 망원 한강공원에서 만나요. 처음이어도 괜찮아요! #한강 #러닝",
    ),
    answers(1, 0, "I'm in! How far do you usually run?"),
    answers(0, 1, "5km 정도요. 끝나고 커피도 마셔요 ☕"),
    answers(4, 0, "저도 갈게요. 요가 매트도 가져갈까요?"),
    says(
        1,
        "Thursday language exchange needs two more Korean speakers. Board games included. #language #seoul",
    ),
    answers(2, 4, "저 갈 수 있어요! 친구 한 명 데려가도 되나요?"),
    answers(1, 5, "Of course, bring everybody."),
    says(3, "The glaze came out bluer than planned. I am keeping it that way. #pottery"),
    answers(7, 7, "Best mistake you made this month."),
    tells_friends(2, "동생 생일 선물 뭐가 좋을까요? 예산은 5만원이에요."),
    answers(3, 9, "책이랑 작은 화분 어때요?"),
    says(5, "Anyone up for football on Sunday at ten? We are seven, eight would be fair. #football"),
    answers(0, 11, "제가 여덟 번째 할게요 ⚽"),
    announces(6, "김장 같이 해요", 7, "배추 스무 포기! 손이 많을수록 빨리 끝나요. 수육도 있어요. #김장"),
    answers(7, 13, "I have never made kimchi. Teach me?"),
    answers(6, 14, "물론이죠. 앞치마만 가져오세요."),
    announces(
        7,
        "Board games night",
        2,
        "Doors open at seven. Bring a game you can explain in five minutes. #boardgames",
    ),
    answers(3, 16, "Bringing the one with the birds."),
    says(4, "전시회 표가 한 장 남아요. 목요일 오후 1시, 같이 보실 분? #전시"),
    tells_friends(5, "Between us: I am moving next month, the new flat has a garden."),
    says(2, "합주 때 쓸 곡 추천 받아요. 신나는 걸로! #음악"),
    answers(5, 20, "Something everybody can sing along to."),
];
