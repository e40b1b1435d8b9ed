"""The patient page's addresses. The key of a link is in one of them alone, and no form posts to that one."""

from django.urls import path

from notifications.pages.views import Answer, Close, Door, Offer, Open, Plan, Problem, ProblemSent

urlpatterns = [
    path("open/", Open.as_view(), name="page-open"),
    path("plan/", Plan.as_view(), name="page-plan"),
    path("plan/answer/", Answer.as_view(), name="page-answer"),
    path("plan/offer/", Offer.as_view(), name="page-offer"),
    path("plan/problem/", Problem.as_view(), name="page-problem"),
    path("plan/problem/sent/", ProblemSent.as_view(), name="page-problem-sent"),
    path("plan/close/", Close.as_view(), name="page-close"),
    path("<str:token>", Door.as_view(), name="page-door"),
]
