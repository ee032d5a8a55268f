# Spack recipe. In a Spack repository of your own: packages/aasim/package.py; then 'spack install aasim +mpi'.
from spack.package import *


class Aasim(MakefilePackage):
    """Simulator of active-active cloud topologies: availability and latency distributions of competing designs."""

    # Where your checkout or mirror is: spack develop --path /path/to/aasim aasim@main
    version("main")

    variant("mpi", default=False, description="'aasim sweep run --mpi': rank 0 deals points to the others")

    depends_on("c", type="build")
    depends_on("gmake", type="build")
    depends_on("pkgconfig", type="build")
    depends_on("gsl")
    depends_on("hdf5 +hl ~mpi")
    depends_on("libyaml")
    depends_on("jansson")
    depends_on("xxhash")
    depends_on("random123", type="build")
    depends_on("openmpi", when="+mpi")

    def build(self, spec, prefix):
        make("all")
        if spec.satisfies("+mpi"):
            make("VARIANT=mpi", "command")

    def install(self, spec, prefix):
        make("install", f"PREFIX={prefix}")
        if spec.satisfies("+mpi"):
            install("build/mpi/aasim", prefix.bin)
