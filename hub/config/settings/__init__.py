"""Settings: `base` is common; `development` serves `make up`, `testing` the tests, `production` a real installation."""
