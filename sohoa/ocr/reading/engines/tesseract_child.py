"""The program that reads one picture: libtesseract, in a process of its own that dies with its memory.

Run as a file, with nothing of sohoa and none of the site's packages on the path, so that it starts in a few hundredths of a second:
    tesseract_child.py PACKAGES MODELS                                         prints the version, then a language a line
    tesseract_child.py PACKAGES MODELS PICTURE LEAVING LANGUAGE DPI LAYOUT     leaves LEAVING.hocr
PACKAGES: the folder in which tesserocr lies. MODELS: the folder of the .traineddata files. LAYOUT: Tesseract's page segmentation mode.
"""

import sys

NO_SUCH_LANGUAGE = 3
UNREADABLE = 4


def main(packages: str, models: str, *asked: str) -> int:
    with open("/proc/self/comm", "w") as name:  # what `ps` shows
        name.write("tesseract")
    sys.path.append(packages)
    sys.modules["PIL"] = None  # type: ignore[assignment]  # tesserocr would import it, and pictures are files here
    import tesserocr

    if not asked:
        languages = tesserocr.get_languages(models)[1]
        print(tesserocr.tesseract_version().split()[1], *sorted(languages), sep="\n")
        return 0
    picture, leaving, language, dpi, layout = asked
    try:
        api = tesserocr.PyTessBaseAPI(path=models, lang=language, oem=tesserocr.OEM.LSTM_ONLY, psm=int(layout))  # pyright: ignore[reportArgumentType]
    except RuntimeError as error:
        print(error, file=sys.stderr)
        return NO_SUCH_LANGUAGE
    api.SetVariable("lstm_choice_mode", "2")
    api.SetImageFile(picture)
    api.SetSourceResolution(int(dpi))
    if not api.Recognize():
        return UNREADABLE
    with open(f"{leaving}.hocr", "w", encoding="utf-8") as hocr:
        hocr.write(f"<html><body>\n{api.GetHOCRText(0)}</body></html>\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
