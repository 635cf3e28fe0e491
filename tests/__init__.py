"""What the tests share is imported from here: `from tests import make_media`."""
