"""One deployment that lives on from cell to cell, as a real one would; what dies is replaced."""

from itertools import count
from pathlib import Path

from app.embedded.identity_provider import IdentityProvider
from app.platform.settings import Settings
from tests.faults.mortal import MortalService
from tests.faults.rig import Rig, Servers
from tests.faults.stops import FOLDER, Stops


class Standing:
    """Its processes stop at fault points; they reach their servers straight or by wire."""

    def __init__(
        self, servers: Servers, settings: Settings, provider: IdentityProvider, folder: Path
    ) -> None:
        numbers = count(1)
        self._rigs: dict[bool, Rig] = {}
        for by_wire, name in ((False, "straight"), (True, "by-wire")):
            place = folder / name
            place.mkdir()
            service = MortalService(
                servers.settings(settings, by_wire=by_wire),
                place,
                application="tests.faults.served:app",
                **{FOLDER: str(place)},
            )
            # The test itself always goes straight.
            self._rigs[by_wire] = Rig(
                servers.settings(settings), servers, service, provider, Stops(place), numbers
            )

    def rig(self, *, by_wire: bool = False) -> Rig:
        """The one of the two; the other's processes are ended."""
        self._rigs[not by_wire].service.kill()
        return self._rigs[by_wire]

    def rest(self) -> None:
        """End all processes, before other tests take the servers."""
        for each in self._rigs.values():
            each.service.kill()
