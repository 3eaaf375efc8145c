/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * classes.h: all classes of elements, one a line: CLASS(Name) for a
 * `const struct element_class click_class_Name`.
 *
 * No include guard: who includes it says what CLASS() is.
 */
CLASS(FromDevice)
CLASS(ToDevice)
CLASS(EtherEncap)
CLASS(EtherRewrite)
CLASS(EtherMirror)
CLASS(StoreEtherAddress)
CLASS(HostEtherFilter)
CLASS(DropBroadcasts)
CLASS(MarkMACHeader)
CLASS(EnsureEther)
CLASS(VLANEncap)
CLASS(VLANDecap)
CLASS(EtherVLANEncap)
CLASS(StripEtherVLANHeader)
CLASS(SetVLANAnno)
CLASS(ARPTable)
CLASS(ARPQuerier)
CLASS(ARPResponder)
CLASS(ARPFaker)
CLASS(ARPPrint)
CLASS(EtherSwitch)
