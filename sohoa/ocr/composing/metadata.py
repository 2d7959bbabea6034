"""What the PDF says about itself, twice: in XMP, which archives read, and in the old dictionary, which viewers show."""

from __future__ import annotations

import re
from datetime import datetime
from xml.sax.saxutils import escape

from sohoa import __version__
from sohoa.kernel.clock import VIETNAM, iso_vietnam
from sohoa.ocr.composing.writer import text_string

PRODUCER = f"sohoa {__version__}"
# Characters that XML 1.0 cannot hold at all.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def plain(text: str) -> str:
    return _NOT_XML.sub("", text)


def xmp_packet(*, title: str, language: str, created: datetime, identifier: str) -> bytes:
    """Declares PDF/A-2b; whether that is true is for the gate to say."""
    moment = iso_vietnam(created)
    packet = f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
    xmlns:pdf="http://ns.adobe.com/pdf/1.3/" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">
   <dc:format>application/pdf</dc:format>
   <dc:identifier>{escape(plain(identifier))}</dc:identifier>
   <dc:title><rdf:Alt><rdf:li xml:lang="x-default">{escape(plain(title))}</rdf:li></rdf:Alt></dc:title>
   <dc:language><rdf:Bag><rdf:li>{escape(plain(language))}</rdf:li></rdf:Bag></dc:language>
   <xmp:CreateDate>{moment}</xmp:CreateDate>
   <xmp:ModifyDate>{moment}</xmp:ModifyDate>
   <xmp:MetadataDate>{moment}</xmp:MetadataDate>
   <xmp:CreatorTool>{escape(PRODUCER)}</xmp:CreatorTool>
   <pdf:Producer>{escape(PRODUCER)}</pdf:Producer>
   <pdfaid:part>2</pdfaid:part>
   <pdfaid:conformance>B</pdfaid:conformance>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="r"?>"""
    return packet.encode("utf-8")


def information(*, title: str, created: datetime) -> str:
    here = created.astimezone(VIETNAM)
    moment = f"(D:{here:%Y%m%d%H%M%S}+07'00')"
    made = text_string(PRODUCER)
    return f"<< /Title {text_string(plain(title))} /Creator {made} /Producer {made} /CreationDate {moment} /ModDate {moment} >>"
