"""The form that a web site shows: public, in a frame, without a cookie."""
