/** First names, one for each person of the demo. */
export const NAMES = `
Mila Noor Tomas Ada Aiko Alba Alessia Alma Amara Amelie Ana Andrej Anika Anouk Anton Aria Arjun Arne Asha Astrid Ayla Bea Ben Bianca Bo
Bruno Camila Carla Carlos Cem Chiara Chloe Clara Dalia Dana Daniel Daria David Davide Deniz Diego Dina Dorian Edda Eitan Elena Eli Elif
Elina Elisa Ella Eloise Elsa Emil Emma Emre Enzo Erik Esther Eva Fabio Farah Felix Fiona Flora Flynn Frida Gael Georg Gianni Gloria Greta
Gustav Hana Hanna Haruto Heidi Helena Henrik Hugo Ida Ilias Ines Ingrid Irena Iris Isaac Isla Ivan Jakob Jana Jasmin Jens Joana Joao Joel
Jonas Jorge Josef Jule Julia Jun Kai Karim Karin Katja Kenji Kim Klara Lara Lars Laura Layla Lea Leandro Lena Leo Lia Liam Lian Lina Linus
Lior Livia Lola Lorenzo Louis Luca Lucia Luis Luna Lydia Maja Malik Manon Marco Maria Marie Marta Mateo Matilda Maurice Max Maya Mei Meret
Milan Mina Mira Miriam Moritz Nadia Naomi Nele Nico Nils Nina Nora Odin Olga Olivia Omar Oscar Paola Paul Pavel Petra Pia Priya Quinn Rafael
Rania Ravi Remo Ren Rita Robin Romy Rosa Ruben Ryo Sakura Salma Samir Sara Selma Silas Simon Sofia Stella Sven Tariq Tessa Theo Tilda Timo
Ulla Uma Valentin Vera Victor Vito Wanda Willem Xenia Yara Yuki Yusuf Zara Zeno Zoe
`
  .trim()
  .split(/\s+/)
