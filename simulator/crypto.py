"""WeChat's signatures and its AES envelope, written from the specification so as to check the webhook's own.

Sources: wechat.md §1.1 (signature, with the official vector) and §1.2 (AES).
"""

import base64
import binascii
import hashlib
import os
import struct

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

BLOCK = 32  # PKCS7 to 32 bytes, not to AES's own 16


class BadEnvelope(ValueError):
    """An encrypted text that is not what the account's key and appid would make."""


def signature(*parts: str) -> str:
    """sha1 of the sorted concatenation, hexadecimal: of token, timestamp, nonce, and of Encrypt for msg_signature."""
    return hashlib.sha1("".join(sorted(parts)).encode(), usedforsecurity=False).hexdigest()


def encrypt(plain: bytes, aes_key: str, appid: str) -> str:
    """Base64 of AES-256-CBC over 16 random bytes, the length, the text and the appid."""
    key = _key(aes_key)
    packed = os.urandom(16) + struct.pack(">I", len(plain)) + plain + appid.encode()
    fill = BLOCK - len(packed) % BLOCK
    cipher = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    return base64.b64encode(cipher.update(packed + bytes([fill]) * fill) + cipher.finalize()).decode()


def decrypt(envelope: str, aes_key: str, appid: str) -> bytes:
    """The text inside, or BadEnvelope: not base64, not whole blocks, wrong padding, wrong length, another appid."""
    key = _key(aes_key)
    try:
        sealed = base64.b64decode(envelope, validate=True)
    except (binascii.Error, ValueError):
        raise BadEnvelope("Encrypt is not base64") from None
    if not sealed or len(sealed) % 16:
        raise BadEnvelope("Encrypt is not a whole number of AES blocks")
    cipher = Cipher(algorithms.AES(key), modes.CBC(key[:16])).decryptor()
    padded = cipher.update(sealed) + cipher.finalize()
    fill = padded[-1]
    if not 1 <= fill <= BLOCK or padded[-fill:] != bytes([fill]) * fill:
        raise BadEnvelope("the padding is wrong: another key, or damaged")
    packed = padded[:-fill]
    if len(packed) < 20:
        raise BadEnvelope("the encrypted text is too short")
    length = struct.unpack(">I", packed[16:20])[0]
    plain, owner = packed[20 : 20 + length], packed[20 + length :]
    if len(plain) != length:
        raise BadEnvelope("the length inside Encrypt is wrong")
    if owner != appid.encode():
        raise BadEnvelope("the appid inside Encrypt is another account's")
    return plain


def _key(aes_key: str) -> bytes:
    return base64.b64decode(aes_key + "=")
