"""The words of `sohoa storage check`, Vietnamese and English, by the codes of what was tried and what came of it."""

from __future__ import annotations

TRIES = {
    "clock": ("đồng hồ của kho so với máy này", "the store's clock against ours"),
    "folder": ("kho là một thư mục thường", "the store is a plain folder"),
    "versions": (
        "ghi hai lần cùng một khóa, đọc lại bản đầu theo mã phiên bản",
        "write a key twice, read the first by its version id",
    ),
    "lock": ("ghi kèm khóa chống xóa, đọc lại thời hạn khóa", "write with a lock, read its end back"),
    "control": ("đối chứng: xóa một bản không khóa", "control: delete a version that is not locked"),
    "delete_version": ("xóa một bản đang khóa", "delete a locked version"),
    "delete_bypass": ("xóa một bản đang khóa, xin vượt khóa", "delete a locked version with the bypass header"),
    "delete_many": ("xóa nhiều bản một lần, trong đó có bản đang khóa", "delete a locked version among many"),
    "shorten": ("rút ngắn thời hạn khóa", "shorten the retention"),
    "shorten_bypass": ("rút ngắn thời hạn khóa, xin vượt khóa", "shorten the retention with the bypass header"),
    "soften": ("đổi khóa COMPLIANCE thành GOVERNANCE", "turn COMPLIANCE into GOVERNANCE"),
    "remove_retention": ("bỏ hẳn thời hạn khóa", "remove the retention"),
    "overwrite": ("ghi đè lên bản đang khóa", "overwrite a locked version"),
    "overwrite_by_id": ("ghi đè đúng mã phiên bản đang khóa", "overwrite a locked version by its id"),
    "plain_delete": ("xóa không nêu phiên bản", "delete without naming a version"),
    "governance": ("xóa một bản khóa kiểu GOVERNANCE", "delete a version under GOVERNANCE"),
    "hold_delete": ("xóa một bản đang bị giữ theo yêu cầu pháp lý", "delete a version under legal hold"),
    "suspend": ("tắt việc giữ phiên bản của một ngăn thử", "suspend versioning of a trial bucket"),
    "delete_bucket": ("xóa cả ngăn thử có bản đang khóa", "delete a trial bucket that holds a locked version"),
    "past": ("ghi kèm khóa đã hết hạn từ trước", "write with a lock that is over already"),
    "create_twice": ("tạo lần thứ hai một khóa đã có", "create a key that is there already"),
    "create_race": ("nhiều bên cùng lúc tạo một khóa", "several writers create one key at once"),
    "checksum": ("gửi dữ liệu hỏng trên đường truyền", "send bytes that were damaged on the way"),
    "anonymous": ("đọc, liệt kê, ghi, xóa khi không có khóa truy cập", "read, list, write, delete without keys"),
    "presigned": ("dùng đường dẫn ký sẵn đã bị sửa hoặc quá hạn", "use a presigned link that was changed or is late"),
    "encryption": ("kho tự mã hóa khi được yêu cầu (SSE-S3)", "the store encrypts when asked (SSE-S3)"),
}
REASONS = {
    "refused": ("bị từ chối", "refused"),
    "intact": ("bản đang khóa vẫn nguyên", "the locked version is as it was"),
    "kept": ("đúng", "as it must be"),
    "can_delete": ("xóa được", "deleted"),
    "one_winner": ("đúng một bên thắng", "exactly one won"),
    "offered": ("có", "offered"),
    "not_offered": ("không có", "not offered"),
    "no_links": ("kho không nhận đường dẫn ký sẵn", "the store takes no presigned links"),
    "differs": ("lệch quá một phút; sửa đồng hồ", "more than a minute apart; set the clock"),
    "not_tried": ("chưa thử được", "could not be tried"),
    "succeeded": ("kho đã cho phép", "the store allowed it"),
    "altered": ("bản đang khóa đã bị mất hoặc bị thay đổi", "the locked version is gone or changed"),
    "not_refused": ("kho đã nhận", "the store took it"),
    "no_versions": ("kho không giữ phiên bản", "the store keeps no versions"),
    "put_refused": ("kho không cho ghi", "the store takes no writes"),
    "lock_refused": ("kho không nhận khóa chống xóa", "the store takes no lock"),
    "date_refused": ("kho không nhận thời hạn khóa này", "the store does not take this date"),
    "lock_not_noted": ("kho nhận nhưng không ghi khóa", "the store took the lock and did not note it"),
    "no_lock": ("không có khóa chống xóa", "there is no lock"),
}
WHO = {
    "daily": ("khóa hằng ngày", "daily keys"),
    "admin": ("khóa quản trị", "administrator's keys"),
    "anyone": ("người ngoài", "anyone"),
    "store": ("kho", "the store"),
}
CONCLUSIONS = {
    "WORM": (
        "Kho chống xóa thật (WORM): mọi phép thử đều không lay chuyển được bản đang khóa.",
        "WORM: nothing that was tried could touch a locked version.",
    ),
    "versions only": (
        "Kho chỉ giữ phiên bản: bản cũ còn đó, nhưng khóa chống xóa vượt qua được hoặc không có.",
        "Versions only: older versions stay, but the lock can be got round or is not there.",
    ),
    "unproven": (
        "Chưa chứng minh được: không phép thử nào thành công, nhưng chưa có khóa truy cập nào đủ quyền để chứng tỏ điều đó.",
        "Unproven: nothing that was tried worked, but no key was given that could have shown it.",
    ),
    "unfit": (
        "Kho này không dùng được cho sohoa; xem các dòng có dấu ✗.",
        "Unfit: sohoa must not use this store; see the findings that failed.",
    ),
}
