# docker buildx bake -f images/docker-bake.hcl, in the root of the repository. `npm run images` does the same and measures.

# set by `npm run images` to the version in package.json
variable "VERSION" {
  default = "dev"
}

variable "TAG" {
  default = "latest"
}

# separated by commas, such as "linux/amd64,linux/arm64"; empty for the platform of the builder
variable "PLATFORMS" {
  default = ""
}

# "off" takes the newest Debian packages instead of those in images/*.lock
variable "PACKAGES_LOCK" {
  default = "on"
}

group "default" {
  targets = ["base", "logs", "backup", "backup-mariadb", "ambassador", "netprobe", "attach"]
}

target "image" {
  context    = "."
  dockerfile = "images/Dockerfile"
  platforms  = PLATFORMS == "" ? [] : split(",", PLATFORMS)
  output     = ["type=docker"]
  args = {
    VERSION           = VERSION
    PACKAGES_LOCK     = PACKAGES_LOCK
    SOURCE_DATE_EPOCH = "0"
  }
}

target "base" {
  inherits = ["image"]
  target   = "base"
  tags     = ["sidekick/base:${TAG}"]
}

target "logs" {
  inherits = ["image"]
  target   = "logs"
  tags     = ["sidekick/logs:${TAG}"]
}

target "backup" {
  inherits = ["image"]
  target   = "backup"
  tags     = ["sidekick/backup:${TAG}"]
}

target "backup-mariadb" {
  inherits = ["image"]
  target   = "backup-mariadb"
  tags     = ["sidekick/backup-mariadb:${TAG}"]
}

target "ambassador" {
  inherits = ["image"]
  target   = "ambassador"
  tags     = ["sidekick/ambassador:${TAG}"]
}

target "netprobe" {
  inherits = ["image"]
  target   = "netprobe"
  tags     = ["sidekick/netprobe:${TAG}"]
}

target "attach" {
  inherits = ["image"]
  target   = "attach"
  tags     = ["sidekick/attach:${TAG}"]
}

# the versions of the Debian packages that were taken, written to images/out/*.lock
target "lock" {
  inherits = ["image"]
  target   = "lock"
  output   = ["type=local,dest=images/out"]
}
