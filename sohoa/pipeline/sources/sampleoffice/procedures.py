"""The procedures that the sample office handles: what each asks for and what it yields.

Codes as the national portal lists them; the longest names are cut short.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sohoa.pipeline.sources.sampleoffice.agencies import COMMUNE_OFFICES, CONSTRUCTION, ENVIRONMENT, FINANCE, Agency

Topic = Literal["construction", "business", "birth", "land", "mediation", "plot", "cooperative"]
Decision = Literal["required_by_rule", "on_demand", "reuse_existing", "excluded_copy", "excluded_presented_only"]


@dataclass(frozen=True, slots=True)
class Component:
    """decision: what TT 01/2023/TT-VPCP makes of it. Only required_by_rule and on_demand are scanned; the others bring no paper."""

    kind: str
    name: str
    decision: Decision

    @property
    def scanned(self) -> bool:
        return self.decision in ("required_by_rule", "on_demand")


@dataclass(frozen=True, slots=True)
class Procedure:
    """days: working days allowed. result: kind and name of what is handed back, None for a procedure without a result."""

    code: str
    name: str
    sector: str
    topic: Topic
    agencies: tuple[Agency, ...]
    days: int
    components: tuple[Component, ...]
    result: tuple[str, str] | None


def _required(kind: str, name: str) -> Component:
    return Component(kind, name, "required_by_rule")


CARD_REUSED = Component("CC", "Căn cước", "reuse_existing")
CARD_PRESENTED = Component("CC", "Căn cước (xuất trình)", "excluded_presented_only")
CARD_ON_DEMAND = Component("CC", "Căn cước", "on_demand")
CERTIFIED_COPY = Component("HĐ", "Bản sao chứng thực hợp đồng", "excluded_copy")

PROCEDURES: tuple[Procedure, ...] = (
    Procedure(
        "1.013225",
        "Cấp giấy phép xây dựng mới đối với công trình cấp III, cấp IV và nhà ở riêng lẻ",
        "Hoạt động xây dựng",
        "construction",
        COMMUNE_OFFICES,
        20,
        (_required("DON", "Đơn đề nghị cấp giấy phép xây dựng"), CARD_ON_DEMAND, CERTIFIED_COPY),
        ("GPXD", "Giấy phép xây dựng"),
    ),
    Procedure(
        "1.001193",
        "Thủ tục đăng ký khai sinh",
        "Hộ tịch",
        "birth",
        COMMUNE_OFFICES,
        1,
        (_required("TK", "Tờ khai đăng ký khai sinh"), CARD_PRESENTED),
        ("TLKS", "Trích lục khai sinh"),
    ),
    Procedure(
        "1.001612",
        "Đăng ký thành lập hộ kinh doanh",
        "Thành lập và hoạt động doanh nghiệp (hộ kinh doanh)",
        "business",
        COMMUNE_OFFICES,
        3,
        (_required("DON", "Giấy đề nghị đăng ký hộ kinh doanh"), _required("HĐ", "Hợp đồng thuê địa điểm kinh doanh"), CARD_REUSED),
        ("GCNHKD", "Giấy chứng nhận đăng ký hộ kinh doanh"),
    ),
    Procedure(
        "1.013949",
        "Giao đất, cho thuê đất, chuyển mục đích sử dụng đất đối với trường hợp không đấu giá quyền sử dụng đất",
        "Đất đai",
        "land",
        COMMUNE_OFFICES,
        15,
        (
            _required("DON", "Đơn đề nghị chuyển mục đích sử dụng đất"),
            _required("BB", "Biên bản kiểm tra, xác minh thực địa"),
            CARD_ON_DEMAND,
        ),
        ("QĐ", "Quyết định cho phép chuyển mục đích sử dụng đất"),
    ),
    Procedure(
        "1.013236",
        "Cấp giấy phép xây dựng mới công trình cấp đặc biệt, cấp I, cấp II",
        "Hoạt động xây dựng",
        "construction",
        (CONSTRUCTION,),
        20,
        (
            _required("DON", "Đơn đề nghị cấp giấy phép xây dựng"),
            _required("CV", "Văn bản lấy ý kiến thẩm tra"),
            _required("HĐ", "Hợp đồng tư vấn thiết kế"),
        ),
        ("GPXD", "Giấy phép xây dựng"),
    ),
    Procedure(
        "1.012784",
        "Tách thửa hoặc hợp thửa đất",
        "Đất đai",
        "plot",
        (ENVIRONMENT,),
        15,
        (_required("DON", "Đơn đề nghị tách thửa đất"), CARD_REUSED),
        ("TB", "Thông báo kết quả giải quyết hồ sơ"),
    ),
    Procedure(
        "2.000720",
        "Đăng ký thay đổi nội dung đăng ký hộ kinh doanh",
        "Thành lập và hoạt động doanh nghiệp (hộ kinh doanh)",
        "business",
        COMMUNE_OFFICES,
        3,
        (_required("DON", "Giấy đề nghị đăng ký thay đổi nội dung đăng ký hộ kinh doanh"), CARD_REUSED),
        ("GCNHKD", "Giấy chứng nhận đăng ký hộ kinh doanh"),
    ),
    Procedure(
        "1.012812",
        "Hòa giải tranh chấp đất đai",
        "Đất đai",
        "mediation",
        COMMUNE_OFFICES,
        30,
        (_required("DON", "Đơn đề nghị hòa giải tranh chấp đất đai"), _required("CV", "Văn bản xác minh")),
        ("BB", "Biên bản hòa giải"),
    ),
    Procedure(
        "1.004979",
        "Thông báo thay đổi nội dung đăng ký hợp tác xã, liên hiệp hợp tác xã",
        "Thành lập và hoạt động của tổ hợp tác, hợp tác xã, liên hiệp hợp tác xã",
        "cooperative",
        (FINANCE, *COMMUNE_OFFICES),
        3,
        (_required("DON", "Văn bản đề nghị thay đổi nội dung đăng ký hợp tác xã"),),
        None,
    ),
)
