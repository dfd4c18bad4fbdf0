"""The admin of a row with a public page: its station sees that it is offline, and why."""

from django.contrib import admin, messages

from stations.showing import may_turn, turn_url


class PublicPageAdmin(admin.ModelAdmin):
    """The street office has a button that takes the page down, or puts it back."""

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if obj is not None:
            if obj.is_offline:
                messages.warning(request, obj.offline_words)
            context["page"] = obj
            context["turn_url"] = turn_url(obj) if may_turn(request.user, obj) else ""
        return super().render_change_form(request, context, add, change, form_url, obj)
