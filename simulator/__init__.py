"""Stands in for the WeChat platform and for the farmer's phone, over HTTP only."""
