"""The check sums of sensor chips."""


def crc8(content: bytes, polynomial: int = 0x31, start: int = 0xFF) -> int:
    """Return the CRC-8 of ``content``, most significant bit first, without a final exclusive or.

    Sensirion and Aosong: polynomial 0x31, start 0xFF (check value of ``BE EF``: 0x92, data sheet SHT3x, section 4.12).
    SMBus packet error code: polynomial 0x07, start 0.
    """
    crc = start
    for byte in content:
        crc ^= byte
        for _ in range(8):
            crc = ((crc << 1) ^ polynomial if crc & 0x80 else crc << 1) & 0xFF
    return crc
