"""What a list is narrowed by, kept in its address."""

from urllib.parse import urlencode

from django import forms


class Filter(forms.Form):
    """The questions of a list; every one may stay empty."""

    @property
    def chosen(self) -> dict:
        """What was asked for and understood; nothing at all when a part of it was not."""
        return self.cleaned_data if self.is_valid() else {}

    def query(self, **changes) -> str:
        """The query string of what is chosen, with changes; never of what was not understood."""
        wanted = {**self.chosen, **changes}
        return urlencode({name: value for name, value in wanted.items() if value})
