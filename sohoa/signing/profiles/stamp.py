"""The drawing of a signature, as pyHanko wants it: one form of text lines and, where the profile has one, an image.

Kept to what PDF/A-2b lets in whatever the paper is: an embedded font with its own widths, colours that need no output intent
(CalGray and CalRGB), an image with a soft mask only where the paper says how to blend.
"""
# pyHanko's objects are half typed.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportIncompatibleMethodOverride=false, reportMissingTypeArgument=false, reportUnknownParameterType=false

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from pyhanko.pdf_utils import generic, layout
from pyhanko.pdf_utils.generic import ArrayObject, DictionaryObject, IndirectObject, NameObject, StreamObject
from pyhanko.pdf_utils.writer import BasePdfFileWriter
from pyhanko.stamp import BaseStamp, BaseStampStyle

from sohoa.signing.profiles.font import EM, SignatureFont, letters_of
from sohoa.signing.profiles.picture import Picture
from sohoa.signing.profiles.wording import LEADING, Text

_WHITE_POINT = (0.9505, 1.0, 1.089)  # of sRGB, D65
_GAMMA = 2.2
_SRGB = (0.4124, 0.2126, 0.0193, 0.3576, 0.7152, 0.1192, 0.1805, 0.0722, 0.9505)


@dataclass(frozen=True, slots=True)
class Drawing:
    """What is drawn, in points of an upright box of width x height, origin bottom left.

    text, text_at: the lines and the top left corner of their block. picture, picture_box: left, bottom, width, height.
    """

    width: float
    height: float
    text: Text | None = None
    text_at: tuple[float, float] = (0.0, 0.0)
    picture: Picture | None = None
    picture_box: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True, kw_only=True)
class DrawnStyle(BaseStampStyle):
    """What goes to `PdfSigner(stamp_style=...)`; usable for one signature or a thousand.

    rotation: of the page, degrees clockwise; the drawing is turned back by it. blending: the paper says how half transparent
    colours blend (it has an output intent); else the image gets a mask of two values.
    """

    border_width: int = 0
    drawing: Drawing
    font: SignatureFont = field(repr=False, compare=False)
    rotation: int = 0
    blending: bool = True

    def create_stamp(self, writer: BasePdfFileWriter, box: layout.BoxConstraints, text_params: dict) -> DrawnStamp:
        return DrawnStamp(writer, self)


class DrawnStamp(BaseStamp):
    """One appearance in one file."""

    style: DrawnStyle

    def __init__(self, writer: BasePdfFileWriter, style: DrawnStyle) -> None:
        super().__init__(writer, style, layout.BoxConstraints(style.drawing.width, style.drawing.height))

    def as_form_xobject(self) -> StreamObject:
        """Not pyHanko's: its boxes are whole points, which would stretch the drawing."""
        drawing = self.style.drawing
        resources = DictionaryObject()
        content = self._picture(drawing, resources) + self._text(drawing, resources)
        form = StreamObject(
            DictionaryObject(
                {
                    _name("Type"): _name("XObject"),
                    _name("Subtype"): _name("Form"),
                    _name("BBox"): _numbers(0, 0, drawing.width, drawing.height),
                    _name("Matrix"): _numbers(*_turn(self.style.rotation, drawing)),
                    _name("Resources"): resources,
                }
            ),
            stream_data=content.encode("ascii"),
        )
        form.compress()
        return form

    def render(self) -> bytes:
        return self.as_form_xobject().data

    def _text(self, drawing: Drawing, resources: DictionaryObject) -> str:
        if drawing.text is None:
            return ""
        text, font = drawing.text, self.style.font
        paragraphs = text.paragraphs
        letters = tuple(dict.fromkeys(letter for lines in paragraphs for line in lines for letter in letters_of(line)))
        codes = {letter: f"{number:04X}" for number, letter in enumerate(letters, 1)}
        resources[_name("Font")] = DictionaryObject({_name("F0"): _embedded(self._writer, font, letters)})
        gray = DictionaryObject({_name("WhitePoint"): _numbers(*_WHITE_POINT), _name("Gamma"): generic.FloatObject(_n(_GAMMA))})
        spaces = resources.setdefault(_name("ColorSpace"), DictionaryObject())
        spaces[_name("Black")] = ArrayObject([_name("CalGray"), gray])
        x, y = drawing.text_at
        step = LEADING * text.size
        y -= (step + font.cap_height * text.size / EM) / 2  # capitals stand in the middle of their line
        told = [f"q BT /Black cs 0 sc /F0 {_n(text.size)} Tf {_n(step)} TL {_n(x)} {_n(y)} Td"]
        first = True
        for lines in paragraphs:
            meant = " ".join(lines).encode("utf-16-be").hex().upper()
            told.append(f"/Span << /ActualText <FEFF{meant}> >> BDC")
            for line in lines:
                told.append(("" if first else "T* ") + f"<{''.join(codes[letter] for letter in letters_of(line))}> Tj")
                first = False
            told.append("EMC")
        return "\n".join([*told, "ET Q"])

    def _picture(self, drawing: Drawing, resources: DictionaryObject) -> str:
        if drawing.picture is None:
            return ""
        image = self._writer.add_object(_image(self._writer, drawing.picture, blending=self.style.blending))
        resources[_name("XObject")] = DictionaryObject({_name("Im0"): image})
        left, bottom, width, height = drawing.picture_box
        return f"q {_n(width)} 0 0 {_n(height)} {_n(left)} {_n(bottom)} cm /Im0 Do Q\n"

    @property
    def _writer(self) -> BasePdfFileWriter:
        assert self.writer is not None
        return self.writer


def _turn(rotation: int, drawing: Drawing) -> tuple[float, ...]:
    """Back against the page's rotation, about the origin, and then into the first quadrant again."""
    width, height = drawing.width, drawing.height
    return {
        90: (0, 1, -1, 0, height, 0),
        180: (-1, 0, 0, -1, width, height),
        270: (0, -1, 1, 0, 0, width),
    }.get(rotation, (1, 0, 0, 1, 0, 0))


def _image(writer: BasePdfFileWriter, picture: Picture, *, blending: bool) -> StreamObject:
    colours = DictionaryObject(
        {
            _name("WhitePoint"): _numbers(*_WHITE_POINT),
            _name("Gamma"): _numbers(_GAMMA, _GAMMA, _GAMMA),
            _name("Matrix"): _numbers(*_SRGB),
        }
    )
    base = ArrayObject([_name("CalRGB"), colours])
    last = generic.NumberObject(len(picture.palette) // 3 - 1)
    indexed = ArrayObject([_name("Indexed"), base, last, generic.ByteStringObject(picture.palette)])
    image = _bitmap(picture, 8, picture.indices)
    image[_name("ColorSpace")] = indexed
    if blending:
        soft = _bitmap(picture, 8, picture.alpha)
        soft[_name("ColorSpace")] = _name("DeviceGray")
        image[_name("SMask")] = writer.add_object(soft)
    else:
        hard = _bitmap(picture, 1, picture.hard_mask())
        hard[_name("ImageMask")] = generic.BooleanObject(True)
        image[_name("Mask")] = writer.add_object(hard)
    return image


def _bitmap(picture: Picture, bits: int, deflated: bytes) -> StreamObject:
    return StreamObject(
        DictionaryObject(
            {
                _name("Type"): _name("XObject"),
                _name("Subtype"): _name("Image"),
                _name("Width"): generic.NumberObject(picture.width),
                _name("Height"): generic.NumberObject(picture.height),
                _name("BitsPerComponent"): generic.NumberObject(bits),
                _name("Filter"): _name("FlateDecode"),
            }
        ),
        encoded_data=deflated,
    )


def _embedded(writer: BasePdfFileWriter, font: SignatureFont, letters: tuple[str, ...]) -> IndirectObject:
    program = font.program(letters)
    file = StreamObject(DictionaryObject({_name("Length1"): generic.NumberObject(len(program))}), stream_data=program)
    file.compress()
    # Six capitals before the name say which subset it is; the same letters give the same ones.
    tag = "".join(chr(ord("A") + byte % 26) for byte in hashlib.sha256("".join(letters).encode()).digest()[:6])
    name = _name(f"{tag}+Tinos-Regular")
    descriptor = DictionaryObject(
        {
            _name("Type"): _name("FontDescriptor"),
            _name("FontName"): name,
            _name("Flags"): generic.NumberObject(0b100010),  # serif, not symbolic
            _name("FontBBox"): _numbers(*font.bounds),
            _name("ItalicAngle"): generic.NumberObject(0),
            _name("Ascent"): generic.NumberObject(font.ascent),
            _name("Descent"): generic.NumberObject(font.descent),
            _name("CapHeight"): generic.NumberObject(font.cap_height),
            _name("StemV"): generic.NumberObject(80),
            _name("FontFile2"): writer.add_object(file),
        }
    )
    widths = ArrayObject([generic.NumberObject(font.glyph(letter).advance) for letter in letters])
    info = {"Registry": "Adobe", "Ordering": "Identity"}
    described = DictionaryObject({_name(key): generic.pdf_string(value) for key, value in info.items()})
    described[_name("Supplement")] = generic.NumberObject(0)
    shapes = DictionaryObject(
        {
            _name("Type"): _name("Font"),
            _name("Subtype"): _name("CIDFontType2"),
            _name("BaseFont"): name,
            _name("CIDSystemInfo"): described,
            _name("FontDescriptor"): writer.add_object(descriptor),
            _name("W"): ArrayObject([generic.NumberObject(1), widths]),
            _name("CIDToGIDMap"): _name("Identity"),
        }
    )
    meaning = StreamObject(stream_data=_to_unicode(letters))
    meaning.compress()
    return writer.add_object(
        DictionaryObject(
            {
                _name("Type"): _name("Font"),
                _name("Subtype"): _name("Type0"),
                _name("BaseFont"): name,
                _name("Encoding"): _name("Identity-H"),
                _name("DescendantFonts"): ArrayObject([writer.add_object(shapes)]),
                _name("ToUnicode"): writer.add_object(meaning),
            }
        )
    )


def _to_unicode(letters: tuple[str, ...]) -> bytes:
    lines = [
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap",
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def",
        "/CMapName /Adobe-Identity-UCS def /CMapType 2 def",
        "1 begincodespacerange <0000> <FFFF> endcodespacerange",
    ]
    pairs = [f"<{code:04X}> <{letter.encode('utf-16-be').hex().upper()}>" for code, letter in enumerate(letters, 1)]
    for start in range(0, len(pairs), 100):  # a section may not hold more
        some = pairs[start : start + 100]
        lines += [f"{len(some)} beginbfchar", *some, "endbfchar"]
    lines += ["endcmap CMapName currentdict /CMap defineresource pop end end"]
    return "\n".join(lines).encode("ascii")


def _name(text: str) -> NameObject:
    return generic.pdf_name("/" + text)


def _numbers(*values: float) -> ArrayObject:
    return ArrayObject([generic.FloatObject(_n(value)) for value in values])


def _n(value: float) -> str:
    """No exponents: PDF has none."""
    return f"{value:.4f}".rstrip("0").rstrip(".") if value % 1 else str(int(value))
