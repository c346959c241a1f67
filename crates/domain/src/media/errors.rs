//! Why a picture is refused.

crate::codes! {
    TOO_LARGE = TooLarge "media.too_large"
        "The file is too large." / "Send at most {max} bytes."
        "파일이 너무 큽니다." / "{max}바이트 이하로 보내 주세요.";
    NO_FILE = Invalid "media.no_file"
        "The request must have one file and nothing else." / "Send exactly one part, named `file`."
        "요청에는 파일 하나만 있어야 합니다." / "`file`이라는 이름으로 파일 하나만 보내 주세요.";
    NOT_A_PICTURE = Invalid "media.not_a_picture"
        "This is no picture of a kind that is taken." / "Send a PNG, JPEG, GIF or WebP; the name of the file does not matter."
        "받을 수 있는 그림이 아닙니다." / "PNG, JPEG, GIF, WebP 파일을 보내 주세요. 파일 이름은 상관없습니다.";
    BROKEN_PICTURE = Invalid "media.broken_picture"
        "The picture could not be read." / "Save it again with another program, and send that."
        "그림을 읽을 수 없습니다." / "다른 프로그램으로 다시 저장해 보내 주세요.";
    TOO_MANY_PIXELS = Invalid "media.too_many_pixels"
        "The picture is too big." / "Use at most {side} pixels a side, {pixels} in all and {frames} frames."
        "그림이 너무 큽니다." / "한 변 {side}픽셀, 전체 {pixels}픽셀, {frames}프레임 이하로 보내 주세요.";
    QUOTA_EXCEEDED = Conflict "media.quota_exceeded"
        "Your pictures take up all the room you have." / "Take away posts with pictures; the room of unused pictures is free again after a day or two."
        "그림을 저장할 공간이 가득 찼습니다." / "그림이 있는 글을 지워 주세요. 쓰지 않는 그림의 공간은 하루 이틀 뒤에 비워집니다.";
    UNKNOWN_PICTURE = Invalid "media.unknown_picture"
        "There is no such picture of yours." / "Upload it with `POST /v1/media` first, and use it within a day."
        "그런 그림을 올린 적이 없습니다." / "먼저 `POST /v1/media`로 올리고 하루 안에 사용해 주세요.";
    REPEATED_PICTURE = Invalid "media.repeated_picture"
        "The same picture is named twice." / "Name each picture once."
        "같은 그림이 두 번 들어 있습니다." / "그림을 한 번씩만 넣어 주세요.";
    BUSY = Unavailable "media.busy"
        "Too many pictures are being read." / "Try again after the seconds in `Retry-After`."
        "처리 중인 그림이 많습니다." / "`Retry-After`에 적힌 초만큼 기다렸다가 다시 시도해 주세요.";
}
