"""Errors of this package.

EncoderError
├── ModelNotFoundError    the model's files are not there
└── ModelMismatchError    the files are there but are not the published ones
"""


class EncoderError(Exception):
    """An encoder could not be made or used."""


class ModelNotFoundError(EncoderError):
    """The model's files are not on this machine and may not be downloaded."""


class ModelMismatchError(EncoderError):
    """The model's files differ from what their publisher released under that name."""
