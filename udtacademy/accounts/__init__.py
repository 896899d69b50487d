"""Who somebody is: people who sign in, their codes and second factors, what the staff's roles may do."""
