"""Sensors that the kernel reads itself: a 1-Wire bus with DS18B20s, and DHTs behind the industrial I/O system."""


def one_wire_crc(content):
    """Return the CRC of Maxim's application note 27: x^8 + x^5 + x^4 + 1, lowest bit first."""
    crc = 0
    for byte in content:
        for bit in range(8):
            feedback = (crc ^ byte >> bit) & 1
            crc = crc >> 1 ^ 0x8C * feedback
    return crc


class OneWire:
    """The tree that ``w1-gpio`` and ``w1-therm`` make."""

    def __init__(self, root):
        self.folder = root / "sys/bus/w1/devices"
        (self.folder / "w1_bus_master1").mkdir(parents=True)

    def put(self, full_id, temperature_c):
        """Put a thermometer on the bus with a scratchpad as it is after measuring; return its file."""
        count = round(temperature_c * 16) & 0xFFFF
        scratchpad = count.to_bytes(2, "little") + bytes.fromhex("4b467fff0c10")
        return self.put_raw(full_id, scratchpad + bytes([one_wire_crc(scratchpad)]))

    def put_raw(self, full_id, nine):
        folder = self.folder / full_id
        folder.mkdir(exist_ok=True)
        hexadecimal = " ".join(f"{byte:02x}" for byte in nine)
        good = "YES" if one_wire_crc(nine[:8]) == nine[8] else "NO"
        count = int.from_bytes(nine[:2], "little", signed=True)
        lines = (
            f"{hexadecimal} : crc={nine[8]:02x} {good}",
            f"{hexadecimal} t={count * 1000 // 16}",
        )
        file = folder / "w1_slave"
        file.write_text("\n".join(lines) + "\n")
        return file


def put_dht(root, number, pin, temperature_c, humidity):
    """Make what ``dtoverlay=dht11,gpiopin=<pin>`` makes; return its folder."""
    folder = root / f"sys/bus/iio/devices/iio:device{number}"
    folder.mkdir(parents=True)
    (folder / "name").write_text(f"dht11@{pin:x}\n")
    (folder / "in_temp_input").write_text(f"{round(temperature_c * 1000)}\n")
    (folder / "in_humidityrelative_input").write_text(f"{round(humidity * 1000)}\n")
    return folder
