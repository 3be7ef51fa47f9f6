#!/usr/bin/env bash
# Installs a software Vulkan device, so that WebGPU kernels run on a machine without a GPU (Debian 12).
#
# Prefers the SwiftShader inside the chromium package (subgroups of 4, no shader-f16): it compiles a kernel in a tenth
# of a second where Mesa's lavapipe takes one or two, which is most of a test's time. "lavapipe" asks for the latter,
# from bookworm-backports (shader-f16, subgroups of 8; faster at running); Debian's own Mesa 22 is too old for Dawn.
# Prints the variable to set: eval "$(bash .ci/install-webgpu.sh)"; everything else goes to standard error.
# An argument of "swiftshader" or "lavapipe" insists on that device. Running it again installs nothing.
set -euo pipefail

wanted="${1:-any}"
lavapipe_icd=/usr/share/vulkan/icd.d/lvp_icd.json
swiftshader_icd=/usr/lib/chromium/vk_swiftshader_icd.json
export DEBIAN_FRONTEND=noninteractive

# The mirror that the machine already uses for bookworm, in either format of apt's source lists.
debian_mirror() {
  { grep -rhoE '^URIs: *[^ ]+/debian/?( |$)' /etc/apt/sources.list.d/ 2>/dev/null | sed 's/^URIs: *//'
    grep -hoE '^deb [^#]*' /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null |
      grep -oE '[a-z]+://[^ ]+/debian/? ' ; } | head -n 1 | tr -d ' '
}

# lavapipe counts only in the version from backports: 22.x gives Dawn no adapter.
has_lavapipe() {
  [ -e "$lavapipe_icd" ] && dpkg --compare-versions "$(dpkg-query -W -f '${Version}' mesa-vulkan-drivers)" ge 24
}

install_lavapipe() {
  has_lavapipe && return
  local list=/etc/apt/sources.list.d/vision-longformer-backports.list
  echo "deb $(debian_mirror) bookworm-backports main" >"$list"
  apt-get update >&2
  apt-get install -y --no-install-recommends -t bookworm-backports mesa-vulkan-drivers libvulkan1 >&2
  has_lavapipe
}

# Chromium brings the device but, installed without recommendations, not the loader.
has_swiftshader() {
  [ -e "$swiftshader_icd" ] && ldconfig -p | grep 'libvulkan\.so\.1' >/dev/null
}

install_swiftshader() {
  has_swiftshader && return
  apt-get update >&2
  apt-get install -y --no-install-recommends chromium libvulkan1 >&2
  has_swiftshader
}

if [ "$wanted" != lavapipe ] && install_swiftshader; then
  echo "export VK_DRIVER_FILES=$swiftshader_icd"
elif [ "$wanted" != swiftshader ] && install_lavapipe; then
  echo "export VK_DRIVER_FILES=$lavapipe_icd"
else
  echo "No software Vulkan device could be installed." >&2
  exit 1
fi
