"""Text of any language in the letters every Git client and shell can type: Latin, Cyrillic and Greek are spelled out.

An own table instead of a library: `Unidecode` is GPL, `anyascii` reads its tables from disk, spells Japanese as if it
were Chinese and emoji as words. What has no good spelling here stays as it is, and whoever asks decides.
"""

import re
import unicodedata

# Latin letters without a compatibility decomposition, as their languages write them without the special letter
LATIN = {
    "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "ŋ": "ng", "ħ": "h",
    "ŧ": "t", "ĸ": "k", "ə": "e", "ƒ": "f",
}  # fmt: skip
# As in BGN/PCGN romanization without its apostrophes: Russian, then Ukrainian and Belarusian, then Serbian and
# Macedonian. https://www.gov.uk/government/publications/romanization-systems
CYRILLIC = {
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ё": "yo", "ж": "zh", "з": "z", "и": "i", "й": "y",
    "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f",
    "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "", "ы": "y", "ь": "", "э": "e", "ю": "yu", "я": "ya",
    "є": "ye", "і": "i", "ї": "yi", "ґ": "g", "ў": "w",
    "ђ": "dj", "ј": "j", "љ": "lj", "њ": "nj", "ћ": "c", "џ": "dz", "ѕ": "dz", "ѓ": "gj", "ќ": "kj",
}  # fmt: skip
# ISO 843, the transcription; upsilon sounds otherwise behind some vowels, see _UPSILON
GREEK = {
    "α": "a", "β": "v", "γ": "g", "δ": "d", "ε": "e", "ζ": "z", "η": "i", "θ": "th", "ι": "i", "κ": "k", "λ": "l",
    "μ": "m", "ν": "n", "ξ": "x", "ο": "o", "π": "p", "ρ": "r", "σ": "s", "ς": "s", "τ": "t", "υ": "y", "φ": "f",
    "χ": "ch", "ψ": "ps", "ω": "o",
}  # fmt: skip
_SMALL = LATIN | CYRILLIC | GREEK
_CAPITAL = {letter.upper(): text.capitalize() for letter, text in _SMALL.items() if letter.upper() != letter != "ß"}
_SPELLED = str.maketrans(_SMALL | _CAPITAL | {"ẞ": "SS"})
# Letters such as й, which would lose what makes them letters of their own
_COMPOSED = {code: text for code, text in _SPELLED.items() if unicodedata.decomposition(chr(code))}
_UPSILON = (
    (re.compile(r"(?<=[οΟ])[υΥ]"), "u"),
    (re.compile(r"(?<=[αεΑΕ])[υΥ](?=[^\W\dθκξπστφχψ])", re.IGNORECASE), "v"),
    (re.compile(r"(?<=[αεΑΕ])[υΥ]"), "f"),
)


def spell_text(text: str) -> str:
    """`text` with accents dropped and letters of other alphabets spelled out: `Größe` is `Grosse`, `Привет` `Privet`.

    Accents are dropped and not written out, because `ö` is `oe` in one language and `o` in the next.
    """
    composed = unicodedata.normalize("NFC", text).translate(_COMPOSED)
    plain = unicodedata.normalize("NFKD", composed)
    bare = "".join(letter for letter in plain if not unicodedata.combining(letter))
    for pattern, sound in _UPSILON:
        bare = pattern.sub(sound, bare)
    return bare.translate(_SPELLED)
