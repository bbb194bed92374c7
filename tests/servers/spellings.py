"""Spellings of addresses and names that people have used to get past a check."""

LOOPBACK = [
    "127.0.0.1",
    "127.0.0.1.",
    "127.1",
    "127.0.1",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "0x7F.0x0.0x0.0x1",
    "0177.0.0.1",
    "0177.1",
    "017700000001",
    "127.255.255.254",
    "0",
    "0.0.0.0",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "[::1]",
    "[::]",
    "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[0:0:0:0:0:ffff:127.0.0.1]",
    "[::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "user@127.0.0.1",
    "example.org@127.0.0.1",
    "example.org:80@127.0.0.1",
    "%31%32%37.0.0.1",
    "①②⑦.0.0.1",
    "127。0。0。1",
    "ⓛocalhost",
]
"""Loopback and this host, as people have written it to get past a check."""

NAUGHTY = [
    "..", ".", "../x", "../../x", "../../../../../../../../etc/passwd", "/etc/passwd", "//x", "./x", "a/../../x",
    "a/..", "..\\x", "..\\..\\x", "C:\\x", "C:x", "\\\\server\\share", "file:///etc/passwd", "%2e%2e/x", "%2e%2e%2fx",
    "..%2fx", "..%5cx", "%252e%252e%252fx", "..%c0%afx", "....//x", "..;/x", "..../x", ".../x", "\u2025/x", "\u2024\u2024/x",
    "\uff0e\uff0e\uff0fx", "..\u2215x", "..\u2044x", "..\u29f8x", "\u202ex/..", "a\nb", "a\r\nb", "a\tb", "a\x1b[2Jb", "a\x7fb",
    "a\u0000b", "~", "~root/x", "$HOME/x", "$(touch x)", "`touch x`", "| touch x", "; touch x", "-rf", "--help", "con", "nul.md",
    "aux.json", "x ", " x", "x.", ".git/config", ".leopard/ledger.db", "leopard.yaml", "../leopard.yaml", "index.html/../../x",
    "x" * 300, "x/" * 120, "\U0001f406", "\ud83d", "<script>", "'; DROP TABLE x; --", "{{7*7}}", "%s%n", "null", "0", "",
]  # fmt: skip
"""Names that lead out of a folder, or that mean something to a shell, a system, a parser or a person."""
