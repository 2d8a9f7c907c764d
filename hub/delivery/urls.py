from django.urls import path

from hub.delivery.pages import methods

urlpatterns = [path("me/contact", methods.methods, name="contact-methods")]
