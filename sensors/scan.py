"""What is connected: chips on the I²C buses, thermometers on 1-Wire, sensors of the kernel, and the driver each needs.

A chip is recognised by asking for its identity, in a way that harms no other chip known at that address. Where a kernel
driver uses a chip it is left alone.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from sensors import aht20, ds18b20, mlx90614
from sensors.bme280 import CHIPS, REGISTER_ID
from sensors.bme280 import DRIVERS as BOSCH_DRIVERS
from sensors.crc import crc8
from sensors.dht import DEVICES as DHT_DEVICES
from sensors.dht import dht_devices
from sensors.i2c import I2CBus, bus_of
from sensors.reading import SensorError, SensorNotReadyError
from sensors.surroundings import Surroundings
from sensors.tsl2591 import COMMAND, DEVICE_ID, REGISTER_DEVICE_ID

LIMIT_S = 30.0
PROBABLY = ", probably"
UNKNOWN = "an unknown chip"


@dataclass(frozen=True, slots=True)
class Found:
    """Something that is connected: where, what it is, and the driver and options for it if there is one."""

    where: str
    what: str
    driver: str = ""
    options: dict[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scan:
    """What is connected, and sentences about what could not be looked at."""

    found: list[Found]
    remarks: list[str]


Probe = Callable[[I2CBus, int, Surroundings], tuple[str, str] | None]


def scan(surroundings: Surroundings) -> Scan:
    """Look at every bus of the computer."""
    root = surroundings.root
    result = Scan([], [])
    names = sorted(path.name for path in (root / "dev").glob("i2c-*"))
    numbers = sorted(int(name[4:]) for name in names if re.fullmatch(r"i2c-\d+", name))
    for number in numbers or [1]:
        _scan_bus(surroundings, number, result)
    wire = root / ds18b20.DEVICES
    if not wire.is_dir():
        result.remarks.append(ds18b20.NO_BUS)
    for full_id in ds18b20.thermometers(wire):
        result.found.append(
            Found("1-Wire", f"a thermometer {full_id}", "ds18b20", {"id": full_id})
        )
    for pin in dht_devices(root / DHT_DEVICES):
        result.found.append(
            Found(f"GPIO {pin}", "a DHT11, DHT21 or DHT22", "dht", {"pin": pin})
        )
    return result


def _scan_bus(surroundings: Surroundings, number: int, result: Scan) -> None:
    bus = bus_of(surroundings, number)
    try:
        with bus.talking("chip", 0, LIMIT_S):
            answering = bus.scan()
    except SensorError as error:
        result.remarks.append(str(error))
        return
    for address in sorted({*answering, *PROBES}):
        held = _kernel_driver(surroundings, number, address)
        known = None if held else _identity(bus, address, surroundings)
        where = f"{bus.name} {address:#04x}"
        if held:
            result.found.append(Found(where, f"used by the kernel ({held})"))
        elif known:
            what, driver = known
            options: dict[str, str | int] = {} if number == 1 else {"bus": number}
            if driver in SEVERAL_ADDRESSES:
                options["address"] = f"{address:#04x}"
            result.found.append(Found(where, what, driver, options))
        elif address in answering:
            result.found.append(Found(where, UNKNOWN))


def _identity(
    bus: I2CBus, address: int, surroundings: Surroundings
) -> tuple[str, str] | None:
    """Return name and driver of the chip at an address, or None for an unknown one, or none at all."""
    for probe in PROBES.get(address, ()):
        try:
            with bus.talking("chip", address):
                if known := probe(bus, address, surroundings):
                    return known
        except SensorError:
            continue
    return None


def _kernel_driver(surroundings: Surroundings, bus: int, address: int) -> str:
    """Return the name of the kernel's driver that uses a chip, or nothing."""
    device = surroundings.root / f"sys/bus/i2c/devices/{bus}-{address:04x}"
    link = device / "driver"
    return link.resolve().name if link.exists() else ""


def _bosch(bus: I2CBus, address: int, _: Surroundings) -> tuple[str, str] | None:
    (found,) = bus.ask(address, bytes([REGISTER_ID]), 1)
    name = CHIPS.get(found)
    return (f"a {name}", BOSCH_DRIVERS.get(name, "")) if name else None


def _tsl2591(bus: I2CBus, address: int, _: Surroundings) -> tuple[str, str] | None:
    (found,) = bus.ask(address, bytes([COMMAND | REGISTER_DEVICE_ID]), 1)
    return ("a TSL2591", "tsl2591") if found == DEVICE_ID else None


def _mlx90614(bus: I2CBus, address: int, _: Surroundings) -> tuple[str, str] | None:
    register = mlx90614.RAM_AMBIENT
    mlx90614.decode(address, register, bus.ask(address, bytes([register]), 3))
    return "an MLX90614", "mlx90614"


def _aht20(bus: I2CBus, address: int, _: Surroundings) -> tuple[str, str] | None:
    (status,) = bus.ask(address, aht20.READ_STATUS, 1)
    is_like_it = status != 0xFF and status & 0x10
    return (f"an AHT20{PROBABLY}", "aht20") if is_like_it else None


def _htu21d(bus: I2CBus, address: int, _: Surroundings) -> tuple[str, str] | None:
    """Recognise the user register of HTU21D, SHT21 (0x02 or 0x3A after a reset) and Si7021 (0x3A)."""
    (found,) = bus.ask(address, b"\xe7", 1)
    is_like_it = found in (0x02, 0x3A)
    return (f"an HTU21D, SHT21 or Si7021{PROBABLY}", "htu21d") if is_like_it else None


def _sensirion(
    bus: I2CBus, address: int, around: Surroundings, *, ask: bytes, name: str
) -> tuple[str, str]:
    """Recognise an answer with the CRC of Sensirion."""
    bus.write(address, ask)
    around.wait(0.001)
    content = bus.read(address, 3)
    if crc8(content[:2]) != content[2]:
        raise SensorNotReadyError("no chip of Sensirion")
    return f"an {name}", name.lower()


def _bh1750(bus: I2CBus, address: int, _: Surroundings) -> tuple[str, str] | None:
    """Guess: the chip has no identity, but nothing else that is usual has its address."""
    return (f"a BH1750{PROBABLY}", "bh1750") if bus.answers(address) else None


_SENSIRION = (
    partial(_sensirion, ask=b"\x89", name="SHT4x"),
    partial(_sensirion, ask=b"\xf3\x2d", name="SHT3x"),
)
PROBES: dict[int, tuple[Probe, ...]] = {
    0x23: (_bh1750,),
    0x29: (_tsl2591,),
    0x38: (_aht20,),
    0x40: (_htu21d,),
    0x44: _SENSIRION,
    0x45: _SENSIRION,
    0x46: _SENSIRION[:1],
    0x5A: (_mlx90614,),
    0x5C: (_bh1750,),
    0x76: (_bosch,),
    0x77: (_bosch,),
}
SEVERAL_ADDRESSES = {"bh1750", "bme280", "bmp280", "mlx90614", "sht3x", "sht4x"}
