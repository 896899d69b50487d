"""Where files are kept that people give: a folder, or a bucket of S3. Read by the settings, so it imports none of Django."""

from typing import Any

from environs import Env, EnvError

FOLDER = "udtacademy.db.stored_files.PrivateStorage"
BUCKET = "udtacademy.db.s3_files.PrivateS3Storage"
NO_ANSWER, ATTEMPTS = 10, 2  # seconds of silence; how often a request is sent at most


def file_storage(env: Env) -> dict[str, Any]:
    """Return the storage as Django's STORAGES has it. Raises EnvError, which says what to change."""
    bucket = env.str("S3_BUCKET", "").strip()
    names = ("S3_ENDPOINT_URL", "S3_REGION", "S3_ACCESS_KEY", "S3_SECRET_KEY", "S3_FOLDER")
    address, region, access_key, secret_key, folder = (env.str(name, "").strip() for name in names)
    if not bucket:
        if address or access_key or secret_key:
            raise EnvError("Set S3_BUCKET too, or none of the settings of S3.")
        return {"BACKEND": FOLDER}
    if bool(access_key) != bool(secret_key):
        raise EnvError("Set both of S3_ACCESS_KEY and S3_SECRET_KEY, or neither where the machine has a role.")
    if address and not address.startswith(("https://", "http://127.0.0.1:", "http://localhost:")):
        raise EnvError("S3_ENDPOINT_URL must begin with https://, or others could read along.")
    options = {
        "bucket_name": bucket,
        "endpoint_url": address or None,
        "region_name": region or None,
        "access_key": access_key or None,
        "secret_key": secret_key or None,
        "location": folder,
    }
    return {"BACKEND": BUCKET, "OPTIONS": options}
