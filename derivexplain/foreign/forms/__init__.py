"""Forms: layers that take and keep things in other ways, brought into the one form that is dressed."""
