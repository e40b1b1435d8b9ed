"""What other machines post to us: reports of providers, messages of people, one click on "unsubscribe"."""
