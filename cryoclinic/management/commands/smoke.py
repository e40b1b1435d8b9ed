"""Start everything, book over HTTP, wait for the real delivery, stop everything."""

import subprocess
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cryoclinic import embedded
from cryoclinic.rehearsal.portal import RequestRefused
from cryoclinic.rehearsal.processes import ProcessEnded
from cryoclinic.rehearsal.smoke import NotInTime, as_json, run_smoke
from cryoclinic.rehearsal.throwaway import throwaway_folder


class Command(BaseCommand):
    help = "Start what `make demo` starts, on free ports, and see that a booking is told. One JSON line."
    requires_system_checks = []

    def handle(self, **_options: Any) -> None:
        try:
            with throwaway_folder() as folder:
                result = run_smoke(folder, say=self.stderr.write)
        except (NotInTime, RequestRefused, ProcessEnded) as error:
            raise CommandError(f"{type(error).__doc__} {error}") from error
        except subprocess.CalledProcessError as error:
            raise CommandError("The demo clinic could not be made; the reason is above.") from error
        except embedded.EmbeddedServiceUnavailable as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt as interrupt:
            raise CommandError("Interrupted; everything was stopped.", returncode=130) from interrupt
        self.stdout.write(as_json(result))
