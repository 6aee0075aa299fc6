"""The staff door: expert inbox, coordinator desk, knowledge and reports."""
