"""HDF5 files as data from outside: reading what is in the file, and nothing else."""

from weight_port.formats.hdf5.reading import Hdf5File, is_hdf5, root_has

__all__ = ["Hdf5File", "is_hdf5", "root_has"]
