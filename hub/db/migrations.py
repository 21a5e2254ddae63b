"""Every change ever made to the schema of ``hub.db``, in order; never edit a released one."""

from sqlite_utils import Database, Migrations

migrations = Migrations("hub")


@migrations(transactional=False)
def m001_wal(db: Database) -> None:
    """Let readers work while a camera writes."""
    db.enable_wal()


@migrations()
def m002_cameras_and_keys(db: Database) -> None:
    """Create cameras, their secret keys and one-time join codes (only as SHA-256)."""
    db.table("cameras").create(
        {
            "id": str,
            "name": str,
            "latitude_deg": float,
            "longitude_deg": float,
            "elevation_m": float,
            "zone": str,
            "country": str,
            "visibility": str,
            "created_utc": str,
            "last_contact_utc": str,
            "description": str,
            "hello": str,
        },
        pk="id",
        not_null={"name", "zone", "visibility", "created_utc"},
        defaults={"visibility": "public"},
        strict=True,
    )
    db.table("keys").create(
        {
            "sha256": str,
            "camera_id": str,
            "scope": str,
            "created_utc": str,
            "last_used_utc": str,
            "revoked_utc": str,
        },
        pk="sha256",
        foreign_keys=[("camera_id", "cameras", "id")],
        not_null={"camera_id", "scope", "created_utc"},
        strict=True,
    )
    db.table("join_codes").create(
        {"sha256": str, "camera_id": str, "expires_utc": str, "used_utc": str},
        pk="sha256",
        foreign_keys=[("camera_id", "cameras", "id")],
        not_null={"camera_id", "expires_utc"},
        strict=True,
    )


@migrations()
def m003_blobs_products_live(db: Database) -> None:
    """Create the blobs, who may use them, the products made of them, and the newest frame of each camera."""
    db.table("blobs").create(
        {"sha256": str, "size": int, "type": str, "stored_utc": str},
        pk="sha256",
        not_null={"size", "type", "stored_utc"},
        strict=True,
    )
    db.table("blob_owners").create(
        {"camera_id": str, "sha256": str},
        pk=("camera_id", "sha256"),
        foreign_keys=[
            ("camera_id", "cameras", "id"),
            ("sha256", "blobs", "sha256"),
        ],
        strict=True,
    )
    db.table("products").create(
        {
            "camera_id": str,
            "night": str,
            "kind": str,
            "part": str,
            "rev": int,
            "sha256": str,
            "manifest": str,
            "published_utc": str,
        },
        pk=("camera_id", "night", "kind", "part"),
        foreign_keys=[
            ("camera_id", "cameras", "id"),
            ("sha256", "blobs", "sha256"),
        ],
        not_null={"part", "rev", "sha256", "manifest", "published_utc"},
        strict=True,
    )
    db.table("products").create_index(["camera_id", "kind", "night"])
    db.table("live").create(
        {
            "camera_id": str,
            "taken_utc": str,
            "received_utc": str,
            "sha256": str,
            "facts": str,
        },
        pk="camera_id",
        foreign_keys=[("camera_id", "cameras", "id")],
        not_null={"taken_utc", "received_utc", "sha256", "facts"},
        strict=True,
    )


@migrations()
def m004_references_and_live_variants(db: Database) -> None:
    """Record which blobs the published products need, and the smaller versions of the newest frame."""
    db.table("product_blobs").create(
        {"sha256": str, "camera_id": str, "night": str, "kind": str, "part": str},
        pk=("sha256", "camera_id", "night", "kind", "part"),
        foreign_keys=[("sha256", "blobs", "sha256")],
        strict=True,
    )
    db.table("product_blobs").create_index(["camera_id", "night", "kind", "part"])
    db.table("live").add_column("variants", str, not_null_default="{}")


@migrations()
def m005_users(db: Database) -> None:
    """Create the people who look after the network; a login link is stored only as SHA-256."""
    db.table("users").create(
        {
            "id": int,
            "name": str,
            "role": str,
            "created_utc": str,
            "login_sha256": str,
            "login_expires_utc": str,
        },
        pk="id",
        not_null={"name", "role", "created_utc"},
        strict=True,
    )
    db.table("users").create_index(["name"], unique=True)


@migrations()
def m015_profiles(db: Database) -> None:
    """Create the profiles of cameras and the photos in them."""
    db.table("profiles").create(
        {"camera_id": str, "enabled": int, "content": str, "updated_utc": str},
        pk="camera_id",
        foreign_keys=[("camera_id", "cameras", "id")],
        not_null={"enabled", "content", "updated_utc"},
        defaults={"enabled": 0},
        strict=True,
    )
    db.table("profile_photos").create(
        {
            "camera_id": str,
            "sha256": str,
            "small_sha256": str,
            "width": int,
            "height": int,
            "caption": str,
            "position": int,
        },
        pk=("camera_id", "sha256"),
        foreign_keys=[("camera_id", "cameras", "id")],
        not_null={"small_sha256", "width", "height", "caption", "position"},
        strict=True,
    )


@migrations()
def m013_highlights(db: Database) -> None:
    """Create the highlights: products that were picked out. They outlive a product that is deleted and comes back."""
    db.table("highlights").create(
        {
            "id": int,
            "camera_id": str,
            "night": str,
            "kind": str,
            "part": str,
            "category": str,
            "caption_en": str,
            "caption_de": str,
            "active": int,
            "chosen_by": str,
            "chosen_utc": str,
        },
        pk="id",
        foreign_keys=[("camera_id", "cameras", "id")],
        not_null={
            "camera_id",
            "night",
            "kind",
            "part",
            "category",
            "caption_en",
            "caption_de",
            "active",
            "chosen_by",
            "chosen_utc",
        },
        defaults={"active": 1},
        strict=True,
    )
    db.table("highlights").create_index(
        ["camera_id", "night", "kind", "part"], unique=True
    )


@migrations()
def m010_xp_and_badges(db: Database) -> None:
    """Create the points of each camera, with what they were given for, and its badges."""
    db.table("xp").create(
        {
            "camera_id": str,
            "counts": str,
            "points": int,
            "level": int,
            "computed_utc": str,
        },
        pk="camera_id",
        foreign_keys=[("camera_id", "cameras", "id")],
        not_null={"counts", "points", "level", "computed_utc"},
        strict=True,
    )
    db.table("badges").create(
        {"camera_id": str, "badge": str, "earned_on": str},
        pk=("camera_id", "badge"),
        foreign_keys=[("camera_id", "cameras", "id")],
        not_null={"earned_on"},
        strict=True,
    )


@migrations()
def m011_visible_cameras(db: Database) -> None:
    """Say once, for every query, which cameras visitors may see."""
    db.create_view(
        "visible_cameras", "SELECT * FROM cameras WHERE visibility = 'public'"
    )


@migrations()
def m012_grafana(db: Database) -> None:
    """Let a camera have an address of its own charts elsewhere."""
    db.table("cameras").add_column("grafana_url", str, not_null_default="")


@migrations()
def m014_join_requests(db: Database) -> None:
    """Create the requests to join, and the marks of those who sent them, which are kept for a day."""
    words = {"form_number", "name", "email", "location", "link", "notes", "created_utc"}
    db.table("join_requests").create(
        {"id": int, **dict.fromkeys(sorted(words), str)},
        pk="id",
        not_null=words,
        strict=True,
    )
    db.table("join_requests").create_index(["form_number"], unique=True)
    db.table("join_marks").create(
        {"mark": str, "sent_utc": str}, not_null={"mark", "sent_utc"}, strict=True
    )
    db.table("join_marks").create_index(["mark"])
