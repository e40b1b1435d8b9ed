"""The product's addresses with the demo's, as `cryoclinic.urls` has them in a demo."""

from django.urls import include, path

from cryoclinic.urls import handler400, handler403, handler404, handler500
from cryoclinic.urls import urlpatterns as products

urlpatterns = [*products, path("demo/", include("cryoclinic.demo.urls"))]

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]
