"""The command ``profile``: what a camera's owner wants visitors to know, until the owner can write it on the site."""

import json
from typing import IO

import click
from pydantic import ValidationError

from hub import utc_now
from hub.commands.database import opened
from hub.config import HubSettings
from hub.db import cameras, profiles
from hub.db.profiles import PHOTOS_AT_MOST, TooManyPhotosError
from hub.inspection import UnfitFileError
from hub.photos import keep_photo, photo_store
from hub.profile import Profile, Text


@click.group("profile")
@click.argument("camera_id", metavar="ID")
@click.pass_context
def profile_command(context: click.Context, camera_id: str) -> None:
    """Write, show, enable or disable the public profile of camera ID.

    Example: allsky-hub profile ASK001 set profile.json
    """
    settings: HubSettings = context.obj
    with opened(settings) as db:
        if camera_id not in {camera.id for camera in cameras.all_cameras(db)}:
            raise click.ClickException(f"There is no camera {camera_id}.")
    context.obj = settings, camera_id


@profile_command.command("set")
@click.argument("file", type=click.File("rb"))
@click.pass_obj
def set_profile(chosen: tuple[HubSettings, str], file: IO[bytes]) -> None:
    """Store what FILE says ('-' reads standard input); docs/profile.md tells what may be in it.

    Example: allsky-hub profile ASK001 set profile.json
    """
    settings, camera_id = chosen
    try:
        profile = Profile.model_validate_json(file.read())
    except ValidationError as error:
        raise click.ClickException(_faults(error)) from error
    with opened(settings) as db:
        profiles.set_profile(db, camera_id, profile, utc_now())
        public = profiles.enabled_profile(db, camera_id) is not None
    click.echo(
        f"The profile of {camera_id} is public."
        if public
        else f"Stored. Nobody sees it until: allsky-hub profile {camera_id} enable"
    )


@profile_command.command()
@click.pass_obj
def show(chosen: tuple[HubSettings, str]) -> None:
    """Print the profile as JSON, in the form that 'set' reads, and its photos.

    Example: allsky-hub profile ASK001 show
    """
    settings, camera_id = chosen
    with opened(settings) as db:
        stored = profiles.stored_profile(db, camera_id)
        kept = profiles.photos(db, camera_id)
    content = stored.profile if stored else Profile()
    click.echo(content.model_dump_json(indent=2))
    seen = "public" if stored and stored.enabled else "not public"
    click.echo(f"{seen}, {len(kept)} of {PHOTOS_AT_MOST} photos", err=True)
    for number, photo in enumerate(kept, 1):
        said = json.dumps(photo.caption.model_dump(), ensure_ascii=False)
        size = f"{photo.width} x {photo.height}"
        click.echo(f"photo {number}: {size}, {said}", err=True)


@profile_command.command()
@click.pass_obj
def enable(chosen: tuple[HubSettings, str]) -> None:
    """Make the profile public: a page of its own, and links to it.

    Example: allsky-hub profile ASK001 enable
    """
    _enable(*chosen, enabled=True)


@profile_command.command()
@click.pass_obj
def disable(chosen: tuple[HubSettings, str]) -> None:
    """Hide the profile and its photos at once; nothing is deleted.

    Example: allsky-hub profile ASK001 disable
    """
    _enable(*chosen, enabled=False)


@profile_command.command("add-photo")
@click.argument("file", type=click.File("rb"))
@click.option("--en", default="", help="What it shows, in English.")
@click.option("--de", default="", help="What it shows, in German.")
@click.pass_obj
def add_photo(
    chosen: tuple[HubSettings, str], file: IO[bytes], en: str, de: str
) -> None:
    """Add a photo (JPEG, PNG, WebP); it is encoded anew, so that no place and no name of a device is in it.

    Example: allsky-hub profile ASK001 add-photo dome.jpg --en "The dome in winter"
    """
    settings, camera_id = chosen
    try:
        photo = keep_photo(settings, file, Text(en=en, de=de))
    except UnfitFileError as error:
        raise click.ClickException(str(error)) from error
    try:
        with opened(settings) as db:
            profiles.add_photo(db, camera_id, photo)
    except TooManyPhotosError as error:
        raise click.ClickException(
            f"There are {PHOTOS_AT_MOST} photos; remove one first."
        ) from error
    click.echo(f"Added: {photo.width} x {photo.height} pixels.")


@profile_command.command("remove-photo")
@click.argument("number", type=click.IntRange(1, PHOTOS_AT_MOST))
@click.pass_obj
def remove_photo(chosen: tuple[HubSettings, str], number: int) -> None:
    """Remove the photo of this NUMBER ('show' lists them) and its files.

    Example: allsky-hub profile ASK001 remove-photo 2
    """
    settings, camera_id = chosen
    with opened(settings) as db:
        photo = profiles.remove_photo(db, camera_id, number)
        if photo is None:
            raise click.ClickException(f"{camera_id} has no photo {number}.")
        for sha256 in profiles.forgotten_files(db, photo):
            photo_store(settings).remove(sha256)
    click.echo(f"Photo {number} is removed.")


def _enable(settings: HubSettings, camera_id: str, *, enabled: bool) -> None:
    with opened(settings) as db:
        profiles.enable_profile(db, camera_id, utc_now(), enabled=enabled)
    click.echo(
        f"The profile of {camera_id} is public."
        if enabled
        else f"The profile of {camera_id} is hidden."
    )


def _faults(error: ValidationError) -> str:
    """Return what is wrong with a profile, a line for each place."""
    lines = [
        f"  {'.'.join(map(str, fault['loc'])) or 'the file'}: {fault['msg']}"
        for fault in error.errors(include_url=False, include_input=False)
    ]
    return "\n".join(["The profile is not stored.", *lines])
