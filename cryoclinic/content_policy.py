"""The header that says what a page may load and run; the settings have the rule, this the exceptions."""

from dataclasses import replace

from csp.constants import UNSAFE_EVAL, UNSAFE_INLINE
from csp.middleware import CSPMiddleware, PolicyParts
from django.http import HttpRequest
from django.http.response import HttpResponseBase

# Pages of libraries that cannot do with less: Unfold's widgets are written as expressions in attributes and scripts in
# the page, Swagger's set styles; an email stands in the demo's frame with the styles that mail readers want inline.
LOOSER = {
    "/admin/": {"script-src": [UNSAFE_EVAL, UNSAFE_INLINE], "style-src": [UNSAFE_INLINE]},
    "/api/v1/docs/": {"style-src": [UNSAFE_INLINE]},
    "/demo/": {"style-src": [UNSAFE_INLINE]},
}


class ContentPolicy(CSPMiddleware):
    """The header on every page that does not send a stricter one itself, as those of patients do."""

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        """Return the strict policy, with what the page's library needs."""
        parts = super().get_policy_parts(request, response, report_only)
        looser = next((more for prefix, more in LOOSER.items() if request.path.startswith(prefix)), None)
        return replace(parts, update=looser)
