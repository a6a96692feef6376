"""Refusals of the page, by name: a status of HTTP, and its words in two languages."""

from typing import NamedTuple

from doisoat.errors import DoisoatError, without_numbers
from doisoat.messages.text import Text

LANGUAGES = ("vi", "en")


class Words(NamedTuple):
    """A refusal's status, then what is wrong and how to mend it, in Vietnamese and English."""

    status: int
    vi: str
    mend_vi: str
    en: str
    mend_en: str


NAMED = {
    # --- requests
    "malformed": Words(
        400, "yêu cầu không đúng dạng", "xem docs/serve.md",
        "the request is not of the agreed form", "see docs/serve.md",
    ),
    "not_json": Words(
        415, "nội dung không phải JSON", "gửi Content-Type: application/json",
        "the body is not JSON", "send Content-Type: application/json",
    ),
    "bad_value": Words(
        400, "giá trị không dùng được", "dùng một trong các giá trị ghi trong docs/serve.md",
        "a value that cannot be used", "use one of those in docs/serve.md",
    ),
    "has_number": Words(
        400, "lý do có vẻ có số điện thoại, mà nhật ký giữ mãi", "bỏ số đó ra",
        "the reason holds what looks like a telephone number, and the log keeps it for ever",
        "leave it out",
    ),
    "not_found": Words(
        404, "không có mục này", "chọn lại từ trang tổng quan",
        "there is no such thing here", "choose again from the overview",
    ),
    "wrong_method": Words(
        405, "không làm được việc này ở đây", "xem docs/serve.md",
        "this cannot be done here", "see docs/serve.md",
    ),
    "too_large": Words(
        413, "nội dung quá lớn", "gửi ít hơn", "the body is too large", "send less",
    ),
    "head_too_large": Words(
        431, "phần đầu của yêu cầu quá lớn", "gửi ít trường hơn, hoặc trường ngắn hơn",
        "the head of the request is too large", "send fewer fields, or shorter ones",
    ),
    "wrong_version": Words(
        505, "máy chủ không nói phiên bản HTTP này", "gửi bằng một phiên bản được nêu",
        "the server does not speak this version of HTTP", "send it in one of those named",
    ),
    "wrong_host": Words(
        421, "máy chủ này không mang tên đó", "dùng địa chỉ mà doisoat serve in ra",
        "this server does not go by that name", "use the address that doisoat serve printed",
    ),
    "cross_site": Words(
        403, "yêu cầu đến từ trang khác", "thao tác trên chính trang này",
        "the request comes from another site", "act on the page itself",
    ),
    "no_csrf": Words(
        403, "thiếu mã chống giả mạo", "tải lại trang rồi thử lại",
        "the token against forged requests is missing", "reload the page, then try again",
    ),
    "too_slow": Words(
        408, "yêu cầu đến quá chậm", "gửi lại", "the request came too slowly", "send it again",
    ),
    "too_many_requests": Words(
        429, "quá nhiều yêu cầu", "chờ rồi thử lại", "too many requests", "wait, then try again",
    ),
    "broken": Words(
        500, "lỗi của máy chủ; người vận hành đã được báo", "thử lại, hoặc báo người vận hành",
        "a fault of the server; its operator was told", "try again, or tell the operator",
    ),
    "unpublished": Words(
        503, "kho chưa công bố kỳ nào", "đối soát một kỳ trước: doisoat settle",
        "nothing was published in this home", "settle a period first: doisoat settle",
    ),
    "damaged_sample": Words(
        409, "một mẫu trong kho không còn như lúc được ghi",
        "báo người vận hành; doisoat store check nêu mẫu nào",
        "a sample in this home is no longer as it was written",
        "tell the operator; doisoat store check names it",
    ),
    # --- who is asking
    "not_logged_in": Words(
        401, "chưa đăng nhập, hoặc phiên đã hết", "đăng nhập lại",
        "not logged in, or the session has ended", "log in again",
    ),
    "wrong_login": Words(
        401, "tên hoặc mật khẩu không đúng", "thử lại, hoặc hỏi người vận hành",
        "the name or the password is wrong", "try again, or ask the operator",
    ),
    "too_many_logins": Words(
        429, "đăng nhập sai quá nhiều lần", "chờ rồi thử lại",
        "too many wrong logins", "wait, then try again",
    ),
    "not_allowed": Words(
        403, "vai trò này không được xem mục đó", "hỏi người vận hành",
        "this role may not see that", "ask the operator",
    ),
    # --- the console
    "console_closed": Words(
        403, "bảng SQL đã đóng: máy này không cách ly được mạng",
        "người vận hành xem docs/serve.md",
        "the console is closed: this machine cannot keep a query off the network",
        "the operator sees docs/serve.md",
    ),
    "empty_query": Words(
        400, "không có câu truy vấn", "viết một câu SELECT",
        "there is no query", "write one SELECT",
    ),
    "query_too_long": Words(
        400, "câu truy vấn quá dài", "viết ngắn hơn", "the query is too long", "write less",
    ),
    "not_sql": Words(
        400, "không phải SQL", "sửa câu truy vấn", "it is not SQL", "mend the query",
    ),
    "one_statement": Words(
        400, "chỉ được một câu mỗi lần", "gửi từng câu",
        "one statement at a time", "send them one by one",
    ),
    "only_select": Words(
        400, "chỉ được dùng SELECT", "viết một câu SELECT",
        "only SELECT is allowed", "write one SELECT",
    ),
    "no_parameters": Words(
        400, "câu truy vấn có tham số", "viết giá trị vào câu",
        "the query has parameters", "write the values into it",
    ),
    "function_refused": Words(
        400, "hàm không được dùng ở đây", "dùng hàm khác",
        "a function that may not be used here", "use another",
    ),
    "table_refused": Words(
        400, "bảng không được dùng ở đây", "chọn bảng trong danh mục bảng",
        "a table that may not be used here", "choose one in the table browser",
    ),
    "unknown_name": Words(
        400, "tên không có trong tệp này", "xem danh mục bảng",
        "a name that is not in this file", "see the table browser",
    ),
    "wrong_types": Words(
        400, "kiểu dữ liệu không khớp", "xem kiểu của các cột",
        "the types do not fit", "see the types of the columns",
    ),
    "wrong_value": Words(
        400, "có giá trị không tính được", "lọc hoặc đổi kiểu trước",
        "a value that cannot be computed with", "filter or cast first",
    ),
    "read_only": Words(
        400, "tệp chỉ để đọc", "viết một câu SELECT",
        "the file is only to be read", "write one SELECT",
    ),
    "out_of_memory": Words(
        422, "truy vấn cần quá nhiều bộ nhớ", "lọc hoặc gộp bớt",
        "the query needs too much memory", "filter or aggregate more",
    ),
    "too_long": Words(
        422, "truy vấn chạy quá lâu", "lọc hoặc gộp bớt",
        "the query takes too long", "filter or aggregate more",
    ),
    "output_too_large": Words(
        422, "kết quả quá lớn", "chọn ít dòng hoặc ít cột hơn: lọc, hay lấy từng phần",
        "the result is too large", "choose fewer rows or columns: filter, or ask for parts",
    ),
    "query_failed": Words(
        422, "truy vấn không chạy được", "viết lại câu truy vấn",
        "the query could not be run", "write it another way",
    ),
    "query_cancelled": Words(
        409, "truy vấn đã bị hủy", "gửi lại nếu cần",
        "the query was cancelled", "send it again if you need it",
    ),
    "queue_full": Words(
        429, "hàng chờ đã đầy", "chờ các truy vấn trước chạy xong",
        "the queue is full", "wait until earlier queries are done",
    ),
    # --- files
    "export_running": Words(
        429, "một tệp khác của tài khoản này đang được tạo hoặc tải",
        "chờ tệp đó xong rồi thử lại",
        "another file of this account is being made or sent", "wait for it, then try again",
    ),
    "export_left": Words(
        409, "không còn ai chờ tệp này", "tải lại nếu cần",
        "nobody waits for this file any more", "ask for it again if you need it",
    ),
    # --- jobs
    "job_failed": Words(
        422, "công việc không làm được", "xem lại yêu cầu",
        "the job could not be done", "look at what was asked again",
    ),
}  # fmt: skip


class Refusal(DoisoatError):
    """What was asked is not given. Args: a name of NAMED, where, and what it is about."""

    def __init__(self, name: str, where: str, about: str | Text = "", retry_after: int = 0) -> None:
        words = NAMED[name]
        vi, en = about.pair if isinstance(about, Text) else (about, about)
        super().__init__(f"{words.en}{': ' if en else ''}{en}", where, words.mend_en)
        self.args = (name, where, about, retry_after)
        self.name, self.retry_after = name, retry_after
        self.about = Text(without_numbers(vi), without_numbers(en))
        self.status = words.status

    def body(self, language: str) -> dict[str, dict[str, str]]:
        """The body of the answer, in a language of LANGUAGES."""
        words = NAMED[self.name]
        text, mend = (words.vi, words.mend_vi) if language == "vi" else (words.en, words.mend_en)
        about = self.about.vi if language == "vi" else self.about.en
        if about:
            text = f"{text}: {about}"
        return {"error": {"name": self.name, "what": text, "where": self.where, "mend": mend}}
