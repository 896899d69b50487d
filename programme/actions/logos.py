from programme.models import Logo


def save_logo(logo: Logo) -> Logo:
    """Save the logo of a file, and return it. A file uploaded again is the same logo."""
    values = {name: getattr(logo, name) for name in ("kind", "width", "height", "content")}
    return Logo.objects.get_or_create(digest=logo.digest, defaults=values)[0]
